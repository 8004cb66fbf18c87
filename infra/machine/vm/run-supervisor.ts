// Unix user openclaw runs this beside the gateway's own unit.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adminRpc } from '../../../shared/openclaw/admin-rpc.ts'
import { demoModel } from '../../../shared/process/demo-model.ts'
import { makeFolder } from '../../../shared/process/files.ts'
import { serveLoopback } from '../../../shared/process/serve.ts'
import { configurator } from '../configurator.ts'
import { observe } from '../observe.ts'
import { ensureToken, placeResolver } from '../prepare.ts'
import { journal } from './journal.ts'
import { DEMO_MODEL_PORT, GATEWAY_PORT, LAYOUT } from './layout.ts'
import { secretRevisions } from './secret-revisions.ts'
import { gatewayFolders, supervise } from './supervisor.ts'

const abort = new AbortController()
process.once('SIGTERM', () => abort.abort())

const { signal } = abort
const clock = { nowMs: Date.now }
const folders = gatewayFolders(LAYOUT)
const workspace = join(LAYOUT.disk, 'workspace')
const tokenFile = join(LAYOUT.disk, 'gateway-token')
const resolver = join(LAYOUT.cache, 'ask-broker.mts')

for (const folder of [folders.home, folders.state, folders.compileCache, folders.temporary, workspace])
  await makeFolder(folder)
const token = await ensureToken(tokenFile)
await placeResolver(fileURLToPath(new URL('ask-broker.mts', import.meta.url)), resolver)

const gatewayUrl = `http://127.0.0.1:${GATEWAY_PORT}`
const rpc = adminRpc(gatewayUrl, () => Promise.resolve(token))
const demo = await serveLoopback(demoModel(clock), DEMO_MODEL_PORT)

await supervise({
  configurator: configurator(folders.configuration),
  rpc,
  observe: (channels) => observe(gatewayUrl, rpc, channels),
  revisions: secretRevisions(LAYOUT.secretsSocket, clock),
  facts: {
    port: GATEWAY_PORT,
    tokenFile,
    resolver,
    secretsSource: LAYOUT.secretsSocket,
    workspace,
    logFile: join(folders.temporary, 'openclaw.log'),
    demoModelUrl: `${demo.url}/v1`,
  },
  paths: LAYOUT,
  journal,
  signal,
})
await demo.close()
