import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestContext } from 'vitest'
import { planesProgram } from '../../clients/cli/program.ts'
import { findJar } from '../../infra/local/emulators/jars.ts'
import { freePort } from '../../infra/local/ports.ts'
import { ensureInstalled } from '../../infra/machine/install.ts'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { gatewayEnvironment } from '../../shared/openclaw/gateway-environment.ts'
import { OPENCLAW_MINIMUM } from '../../shared/openclaw/version.ts'
import { defaultCacheDir } from '../../shared/process/context.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const cacheDir = defaultCacheDir(process.env)
const COMMAND_MS = 180_000
const hasEmulators = findJar('firestore', { env: process.env, home: homedir() }) !== undefined

type Said = { readonly code: number; readonly stdout: string; readonly stderr: string }

let folder: string
let state: string
let program: string
let plane: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agents-plane-plugin-'))
  state = join(folder, 'state')
  if (!hasEmulators) return
  await Promise.all([startPlane(await freePort(26_000)), install()])
})
afterAll(async () => {
  plane?.kill('SIGINT')
  if (plane?.exitCode === null) await once(plane, 'exit')
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** `npm start` without an agent, until it says what to do next. */
async function startPlane(port: number): Promise<void> {
  const { FIRESTORE_EMULATOR_HOST: _, PUBSUB_EMULATOR_HOST: __, ...env } = process.env
  const args = ['infra/local/main.ts', '--state', state, '--port', String(port), '--no-agent']
  const child = spawn(process.execPath, args, { cwd: ROOT, env })
  plane = child
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await vi.waitUntil(() => text.includes('Next:') || child.exitCode !== null, { timeout: 120_000, interval: 100 })
  if (child.exitCode !== null) throw new Error(`the plane did not start: ${text}`)
}

/** The package as it would be published. */
async function pack(): Promise<string> {
  const packed = join(folder, 'packed')
  await mkdir(packed)
  const args = ['pack', './clients/openclaw', '--pack-destination', packed]
  const { code, stderr } = await said('npm', args, { ...process.env, PATH: pathWithNode() })
  if (code !== 0) throw new Error(`npm pack failed: ${stderr}`)
  const [name = ''] = await readdir(packed)
  return join(packed, name)
}

/** The plugin in the OpenClaw of the pinned version. */
async function install(): Promise<void> {
  const signal = AbortSignal.timeout(500_000)
  program = await ensureInstalled({ version: OPENCLAW_MINIMUM, cacheDir, onProgress: () => undefined, signal })
  const done = await openclaw('plugins', 'install', await pack(), '--force', '--accept-capabilities')
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('Installed plugin: planes') as string })
}

const pathWithNode = (): string => `${dirname(process.execPath)}:${process.env['PATH']}`

/**
 * OpenClaw as a person runs it, in a home of its own and where no package registry answers. On a busy machine it tells
 * on standard error how slow its database is.
 */
function openclaw(...args: readonly string[]): Promise<Said> {
  const home = join(folder, 'home')
  const folders = {
    home,
    state: join(home, '.openclaw'),
    configuration: join(home, '.openclaw', 'openclaw.json'),
    compileCache: join(cacheDir, 'compile-cache', OPENCLAW_MINIMUM),
    temporary: join(folder, 'temporary'),
  }
  const env = gatewayEnvironment(folders, { ...process.env, PATH: pathWithNode() })
  return said(process.execPath, [program, ...args], { ...env, npm_config_registry: 'http://127.0.0.1:9' })
}

const planes = (...args: readonly string[]): Promise<Said> => openclaw('planes', ...args, '--state', state)

/** What `npm start` says of itself in its state folder. */
const local = async (): Promise<{ readonly apiUrl: string; readonly tokenFile: string }> =>
  JSON.parse(await readFile(join(state, 'local.json'), 'utf8'))

async function api(): Promise<ApiClient> {
  const { apiUrl, tokenFile } = await local()
  return apiClient({ url: apiUrl, token: await readFile(tokenFile, 'utf8'), fetch: (request) => fetch(request) })
}

function said(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: ROOT, env, timeout: COMMAND_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, stdout, stderr })
      else reject(new Error(`${command} ${args.join(' ')} did not end: ${stdout}${stderr}`, { cause: error }))
    })
  })
}

function wantEmulators(context: TestContext): void {
  if (!hasEmulators) context.skip('the emulators are not installed here')
}

test('openclaw planes has every verb of planes', async (context) => {
  wantEmulators(context)
  const { code, stdout } = await openclaw('planes', '--help')
  expect(code).toBe(0)
  expect(stdout).toContain('Usage: openclaw planes')
  expect(stdout).toContain('Exit codes:')
  for (const verb of planesProgram(async () => undefined).commands) expect(stdout).toContain(`\n  ${verb.name()} `)
})

test('status is one JSON document, the one that planes prints', async (context) => {
  wantEmulators(context)
  const { getPlane } = await api()
  const isReady = async (): Promise<boolean> => (await getPlane({ plane: 'local' })).plane.phase === 'Ready'
  await vi.waitUntil(isReady, { timeout: 60_000, interval: 200 })
  const { code, stdout } = await planes('status', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, planes: [{ name: 'local', phase: 'Ready', agents: [] }] })
  const alone = await said(process.execPath, ['clients/cli/main.ts', 'status', '--json', '--state', state], process.env)
  expect(alone).toEqual({ code, stdout, stderr: '' })
})

test('what was asked through OpenClaw is marked so in the audit trail', async (context) => {
  wantEmulators(context)
  const where = ['--project', 'local-plane', '--region', 'us-east4']
  expect(await planes('create', '--name', 'second', ...where, '--json')).toMatchObject({ code: 0 })
  const { entries } = await (await api()).readAudit({ plane: 'second' })
  expect(entries).toMatchObject([{ action: 'create-plane', surface: 'plugin' }])
})

test('an error is a sentence on standard error, and ends with 1', async (context) => {
  wantEmulators(context)
  const { code, stdout, stderr } = await planes('status', '--plane', 'nowhere')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^Error: .*nowhere.*\.$/m)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('exit codes other than 1 pass through OpenClaw', async (context) => {
  wantEmulators(context)
  const stranger = join(folder, 'stranger')
  await mkdir(stranger)
  await writeFile(join(stranger, 'local.json'), JSON.stringify({ ...(await local()), tokenFile: 'token' }))
  await writeFile(join(stranger, 'token'), 'a token of nobody')
  expect(await openclaw('planes', 'status', '--state', stranger)).toMatchObject({ code: 4, stdout: '' })
})

test('a mistyped command line is refused in a sentence that says which option is missing', async (context) => {
  wantEmulators(context)
  const { code, stdout, stderr } = await openclaw('planes', 'add-agent')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('Missing required option "--plane <plane>".\nTry: openclaw planes add-agent --help')
})
