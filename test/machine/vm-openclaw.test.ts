import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureInstalled } from '../../infra/machine/install.ts'
import { GATEWAY_PORT, LAYOUT } from '../../infra/machine/vm/layout.ts'
import { gatewayFolders } from '../../infra/machine/vm/supervisor.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { gatewayEnvironment } from '../../shared/openclaw/gateway-environment.ts'
import { defaultCacheDir } from '../../shared/process/context.ts'
import { configuration, newMachine } from './boot-looks.ts'
import { whyNoBoot } from './boot-rootfs.ts'
import { CannotBoot, makeMachine } from './booted.ts'
import type { Booted } from './booted.ts'
import { eventually, wishes } from './stage.ts'

const VERSION = '2026.9.6'
const SETUP_MS = 600_000
const READY_MS = 240_000

/** Why there is no machine with OpenClaw on it. */
let missing: string | undefined
let machine: Booted | undefined
let told: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  const [why, release] = await Promise.allSettled([whyNoBoot(), installed()])
  if (why.status === 'rejected') throw why.reason
  missing = why.value
  if (missing !== undefined) return
  try {
    if (release.status === 'rejected') throw release.reason
    machine = await makeMachine(release.value)
    told = await newMachine(machine)
    machine.tell({ attributes: { ...told, ...configuration(wishes) } })
    await machine.boot()
  } catch (error) {
    if (!(error instanceof CannotBoot || Object(error).name === 'InstallFailed')) throw error
    missing = String(error)
  }
}, SETUP_MS)

afterAll(() => machine?.close(), SETUP_MS)

/** The folder of the release that everybody on this computer shares. */
async function installed(): Promise<string> {
  const cacheDir = defaultCacheDir(process.env)
  const signal = AbortSignal.timeout(SETUP_MS)
  const program = await ensureInstalled({ version: VERSION, cacheDir, signal, onProgress: () => undefined })
  return dirname(dirname(dirname(program)))
}

/** Runs OpenClaw's own command line on the machine, as the gateway's user. */
function openclaw(on: Booted['on'], args: string): Promise<string> {
  const environment = gatewayEnvironment(gatewayFolders(LAYOUT), { PATH: '/opt/agents-plane/node/bin:/usr/bin:/bin' })
  const env = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const program = `${LAYOUT.releases}/current/node_modules/openclaw/openclaw.mjs`
  return on('openclaw', `cd / && env --ignore-environment ${env.join(' ')} node ${program} ${args}`)
}

test(
  'OpenClaw runs under the limits of its unit, takes its configuration over, and answers',
  async (ctx) => {
    if (machine === undefined || missing !== undefined) return ctx.skip(`OpenClaw cannot be booted here: ${missing}`)
    const { beats, on } = machine
    const { generation } = machineConfiguration(wishes)
    await eventually(() => beats.some(({ body }) => body.first && body.appliedGeneration === generation), READY_MS)
    expect(beats.at(-1)?.body).toMatchObject({ ready: true, openclawVersion: VERSION })

    const page = `curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:${GATEWAY_PORT}/`
    expect(await on('nobody', page)).toBe('200')
    const reply = JSON.parse(await openclaw(on, 'agent --agent main --message ping --json'))
    expect(reply).toMatchObject({
      status: 'ok',
      result: { payloads: [{ text: expect.stringMatching(/^\[demo model\] pong/) }] },
    })

    const thinking = { ...wishes, thinkingClock: { every: '12h', prompt: 'think' } }
    machine.tell({ attributes: { ...told, ...configuration(thinking) } })
    const next = machineConfiguration(thinking).generation
    await eventually(() => beats.some(({ body }) => body.appliedGeneration === next), READY_MS)
    expect(await openclaw(on, 'cron list --json')).toContain('think')
  },
  SETUP_MS,
)
