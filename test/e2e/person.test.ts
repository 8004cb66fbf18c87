import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findJar } from '../../infra/local/emulators/jars.ts'
import { freePort } from '../../infra/local/ports.ts'
import type { AgentView } from '../../shared/api/views.ts'
import { membersOf } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const BOOT_MS = 300_000

let folder: string
let state: string
let plane: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agents-plane-person-'))
  state = join(folder, 'state')
})
afterAll(async () => {
  plane?.kill('SIGINT')
  if (plane?.exitCode === null) await once(plane, 'exit')
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** `npm start` until it says what to do next. */
async function start(port: number): Promise<string> {
  const { FIRESTORE_EMULATOR_HOST: _, PUBSUB_EMULATOR_HOST: __, ...env } = process.env
  const child = spawn(process.execPath, ['infra/local/main.ts', '--state', state, '--port', String(port)], {
    cwd: ROOT,
    env,
  })
  plane = child
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await vi.waitUntil(() => text.includes('Next:') || child.exitCode !== null, { timeout: 2 * BOOT_MS, interval: 100 })
  expect({ exitCode: child.exitCode, text }).toMatchObject({ exitCode: null })
  return text
}

async function stop(): Promise<number | null> {
  const exited = plane && once(plane, 'exit')
  plane?.kill('SIGINT')
  const [code] = (await exited) ?? [null]
  return code
}

type Said = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** `planes …` as a person types it. */
const planes = (...args: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['clients/cli/main.ts', ...args, '--state', state],
      { cwd: ROOT },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    )
  })

async function ada(): Promise<AgentView> {
  const { stdout } = await planes('status', '--plane', 'local', '--json')
  const status = JSON.parse(stdout) as { planes: { agents: AgentView[] }[] }
  const found = status.planes[0]?.agents.find(({ name }) => name === 'ada')
  if (found === undefined) throw new Error('there is no ada')
  return found
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
  const answered = await promisify(execFile)('sh', ['-c', command], { env: { PATH, HOME } })
  return answered.stdout
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
    if (!findJar('firestore', { env: process.env, home: homedir() }))
      context.skip('the emulators are not installed here')
    const port = await freePort(25_000)
    const greeting = await start(port)
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
    await start(port)
    await vi.waitUntil(async () => isProven(await ada()), { timeout: BOOT_MS, interval: 1_000 })
    expect((await ada()).uid).toBe(uid)

    const removed = await planes('remove-agent', '--plane', 'local', '--name', 'ada', '--purge', '--yes', '--wait')
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Purged') })
    expect(await membersOf(machineId)).toEqual([])
    expect(await isListening(Number(new URL(gatewayUrl).port))).toBe(false)
    expect(await readdir(join(state, 'agents'))).toEqual([])
    expect(await stop()).toBe(0)
  },
  4 * BOOT_MS,
)
