import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { AgentView } from '../../shared/api/views.ts'
import { membersOf } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'
import { installationOfFile, run, wantEmulators } from './installation.ts'

const BOOT_MS = 300_000

const installation = installationOfFile(25_000)
const planes = (...args: readonly string[]) => installation().planes(args)

/** As the API has it: a command for each look would take a core from the plane that is looked at. */
async function ada(): Promise<AgentView> {
  const { getAgent } = await installation().api()
  return (await getAgent({ plane: 'local', name: 'ada' })).agent
}

const isProven = ({ phase, heartbeat }: AgentView): boolean =>
  phase === 'Ready' && (heartbeat?.ageMs ?? Infinity) <= 30_000

/** What ada answers to the command that `planes open` prints. */
async function ping(): Promise<string> {
  const { stdout, stderr } = await planes('open', '--plane', 'local', '--name', 'ada')
  expect(stdout).toMatch(/^http:.*#token=/)
  const [, command = ''] = /^Or ask it something from a terminal: (.*)$/m.exec(stderr) ?? []
  // Where it takes itself for tested, OpenClaw says nothing.
  const { PATH, HOME } = process.env
  return (await run('sh', ['-c', command], { env: { PATH, HOME } })).stdout
}

async function gatewayOf(machineId: string): Promise<number> {
  for (const pid of await membersOf(machineId)) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (title.startsWith('openclaw-gateway')) return pid
  }
  throw new Error('no gateway runs')
}

test(
  'npm start gives a person an agent that answers, heals, survives a restart and goes without a trace',
  async (context) => {
    wantEmulators(context)
    const { start, stop, state } = installation()
    const greeting = await start()
    expect(greeting).toContain('ada is Ready')
    await vi.waitUntil(async () => isProven(await ada()), { timeout: 60_000, interval: 1_000 })
    const { uid, machineId = '', gatewayUrl = '' } = await ada()
    expect(greeting).toContain(gatewayUrl)
    expect((await fetch(gatewayUrl)).status).toBe(200)
    expect(await ping()).toContain('[demo model] pong')

    process.kill(await gatewayOf(machineId), 'SIGKILL')
    await vi.waitUntil(async () => (await ada()).phase !== 'Ready', { timeout: 60_000, interval: 500 })
    await vi.waitUntil(async () => isProven(await ada()), { timeout: BOOT_MS, interval: 1_000 })

    expect(await stop()).toBe(0)
    expect(await membersOf(machineId)).toEqual([])
    await start()
    await vi.waitUntil(async () => isProven(await ada()), { timeout: BOOT_MS, interval: 1_000 })
    // Her port is another one when somebody took the former while she was stopped.
    const again = await ada()
    expect(again.uid).toBe(uid)

    const removed = await planes('remove-agent', '--plane', 'local', '--name', 'ada', '--purge', '--yes', '--wait')
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Purged') })
    expect(await membersOf(machineId)).toEqual([])
    expect(await isListening(Number(new URL(again.gatewayUrl ?? '').port))).toBe(false)
    expect(await readdir(join(state, 'agents'))).toEqual([])
    expect(await stop()).toBe(0)
  },
  4 * BOOT_MS,
)
