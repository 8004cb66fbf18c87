import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { inChild } from './child.ts'
import { median } from './bench.ts'
import type { Bench, Figure } from './bench.ts'
import type { Timed } from './import-once.ts'

const TIMES = 9
const TARGET = 1.25

/** Functions that are made of the same parts, and the clients these need. */
const GROUPS: readonly { readonly functions: string; readonly made: Timed; readonly clients: Timed }[] = [
  { functions: 'onPlaneWritten, onAgentWritten, steps, sweep', made: 'ports', clients: 'firestore+pubsub' },
  { functions: 'heartbeat', made: 'heartbeat', clients: 'pubsub' },
  { functions: 'api', made: 'api', clients: 'firestore' },
]

const ROOT = new URL('../../', import.meta.url).pathname

/** Import and construction in a fresh process, against the bare clients. */
export const imports: Bench = {
  name: 'imports',
  run: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agents-plane-bench-'))
    try {
      const env = await environmentIn(folder)
      const script = await built(join(folder, 'dist'))
      const figures: Figure[] = []
      for (const group of GROUPS) figures.push(await compared(group, script, env))
      return figures
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

/** What is deployed is what the compiler emits. */
async function built(folder: string): Promise<URL> {
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  await promisify(execFile)(tsc, ['--project', ROOT, '--noCheck', '--outDir', folder])
  await Promise.all([
    cp(join(ROOT, 'package.json'), join(folder, 'package.json')),
    symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules')),
  ])
  return pathToFileURL(join(folder, 'test/bench/import-once.js'))
}

async function compared(
  { functions, made, clients }: (typeof GROUPS)[number],
  script: URL,
  env: NodeJS.ProcessEnv,
): Promise<Figure> {
  const times: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] }
  // In turns, so that both meet the same neighbours; the first pair only warms the disk's cache.
  for (let i = 0; i <= TIMES; i++) {
    const [ours, bare] = [await inChild(script, [made], env), await inChild(script, [clients], env)]
    if (i === 0) continue
    times.ours.push(Number(ours))
    times.bare.push(Number(bare))
  }
  const [ours, bare] = [median(times.ours), median(times.bare)]
  return {
    name: `import and construct: ${functions}`,
    figure: `${ours.toFixed(0)} ms; ${clients} alone ${bare.toFixed(0)} ms: × ${(ours / bare).toFixed(2)}`,
    target: `≤ × ${TARGET}`,
    ratio: ours / bare / TARGET,
  }
}

async function environmentIn(folder: string): Promise<NodeJS.ProcessEnv> {
  const tokenFile = join(folder, 'api-token')
  await writeFile(tokenFile, 'nobody', { mode: 0o600 })
  return {
    AP_MODE: 'local',
    AP_BACKEND: 'process',
    GOOGLE_CLOUD_PROJECT: 'demo',
    FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
    PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
    AP_STATE_DIR: folder,
    AP_API_TOKEN_FILE: tokenFile,
    AP_FUNCTIONS_URL: 'http://127.0.0.1:1',
    AP_HEARTBEAT_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
    METADATA_SERVER_DETECTION: 'none',
  }
}
