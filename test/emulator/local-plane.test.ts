import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi, type TestContext } from 'vitest'
import { z } from 'zod'
import { findJar } from '../../infra/local/emulators/jars.ts'
import { freePort, isFree } from '../../infra/local/ports.ts'
import { apiClient, type ApiClient } from '../../shared/api/client.ts'
import { PATIENCE_MS, PATIENT } from '../fakes/patience.ts'

/** Each starts a plane twice. */
const LONG = { timeout: 4 * PATIENCE_MS }

const MAIN = new URL('../../infra/local/main.ts', import.meta.url).pathname

const Local = z.object({
  apiUrl: z.string(),
  tokenFile: z.string(),
  pid: z.number(),
  urls: z.record(z.string(), z.string()),
  emulatorPids: z.array(z.number()),
})

type Running = {
  readonly child: ChildProcess
  readonly local: z.infer<typeof Local>
  readonly api: ApiClient
  readonly output: () => string
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agents-plane-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** `npm start` on a machine where no emulator runs. */
function npmStart(context: TestContext, state: string, port: number, ...more: string[]) {
  const { FIRESTORE_EMULATOR_HOST: _firestore, PUBSUB_EMULATOR_HOST: _pubsub, ...env } = process.env
  if (!findJar('firestore', { env, home: homedir() })) context.skip('the emulators are not installed here')
  const args = [MAIN, '--state', state, '--port', String(port), '--no-agent', ...more]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, output: () => text }
}

async function running(context: TestContext, state: string, port: number, ...more: string[]): Promise<Running> {
  const { child, output } = npmStart(context, state, port, ...more)
  await vi.waitUntil(() => output().includes('Next:') || child.exitCode !== null, PATIENT)
  expect({ exitCode: child.exitCode, output: output() }).toMatchObject({ exitCode: null })
  const local = Local.parse(JSON.parse(readFileSync(join(state, 'local.json'), 'utf8')))
  const token = readFileSync(local.tokenFile, 'utf8')
  return { child, local, output, api: apiClient({ url: local.apiUrl, token, fetch: (request) => fetch(request) }) }
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [code] = await exited
  return code
}

const portOf = (url = ''): number => Number(new URL(url).port)

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

test('a plane starts, answers those with its token only, stops whole, and resumes', LONG, async (context) => {
  const state = join(temporaryFolder(), 'state')
  const port = await freePort(24_000)
  const first = await running(context, state, port)
  const { urls } = first.local
  for (const url of Object.values(urls)) expect(first.output()).toContain(url)
  const { plane } = await first.api.getPlane({ plane: 'local' })
  expect((await fetch(`${first.local.apiUrl}/v1/planes`)).status).toBe(401)
  await vi.waitFor(
    async () => expect((await first.api.getPlane({ plane: 'local' })).plane.phase).toBe('Ready'),
    PATIENT,
  )

  const second = npmStart(context, state, port)
  await once(second.child, 'close')
  expect(second.child.exitCode).toBe(1)
  expect(second.output()).toContain(`runs already, as process ${first.child.pid}`)

  expect(await stopped(first.child, 'SIGINT')).toBe(0)
  for (const pid of first.local.emulatorPids) expect(isGone(pid)).toBe(true)
  for (const url of Object.values(urls)) expect(await isFree(portOf(url))).toBe(true)
  expect(existsSync(join(state, 'local.json'))).toBe(false)

  const again = await running(context, state, port)
  expect((await again.api.getPlane({ plane: 'local' })).plane.uid).toBe(plane.uid)
  expect(await stopped(again.child, 'SIGTERM')).toBe(0)
})

test('a plane that was killed leaves no emulator, and the next start takes over', LONG, async (context) => {
  const state = join(temporaryFolder(), 'state')
  const port = await freePort(24_300)
  const first = await running(context, state, port)
  await stopped(first.child, 'SIGKILL')
  await vi.waitUntil(() => first.local.emulatorPids.every(isGone), PATIENT)
  const again = await running(context, state, port, '--reset')
  expect(again.output()).toContain('Starting over')
  expect((await again.api.getPlane({ plane: 'local' })).agents).toEqual([])
  process.kill(-(again.local.emulatorPids[0] ?? 0), 'SIGKILL')
  await once(again.child, 'close')
  expect(again.child.exitCode).toBe(1)
  expect(again.output()).toContain('The Firestore emulator was ended by SIGKILL')
  expect(again.output()).not.toMatch(/^\s+at /m)
})
