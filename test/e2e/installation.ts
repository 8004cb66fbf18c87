import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { TestContext } from 'vitest'
import { findJar } from '../../infra/local/emulators/jars.ts'
import { freePort } from '../../infra/local/ports.ts'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { run } from '../fakes/run.ts'
import type { Said } from '../fakes/run.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const START_MS = 600_000

/** What `npm start` says of itself in its state folder. */
type Local = {
  readonly apiUrl: string
  readonly tokenFile: string
  readonly urls: Readonly<Record<string, string>>
}

/** An installation on this machine, as a person has it. */
export type Installation = {
  /** The folder of this test file, and the state folder in it. */
  readonly folder: string
  readonly state: string
  /** `npm start` until it says what to do next; what it said until then. */
  readonly start: (...args: readonly string[]) => Promise<string>
  /** Ctrl-C; the exit code. */
  readonly stop: () => Promise<number | null>
  /** By which variables `planes` finds this installation, and the contexts and logins of whoever types it here. */
  readonly found: NodeJS.ProcessEnv
  /** `planes …` as a person types it. */
  readonly planes: (args: readonly string[], input?: string) => Promise<Said>
  readonly local: () => Promise<Local>
  readonly api: () => Promise<ApiClient>
}

/** Whether Google's emulators are installed here. */
export const hasEmulators = findJar('firestore', { env: process.env, home: homedir() }) !== undefined

/** Skips a test, loudly, where there are no emulators. */
export function wantEmulators(context: TestContext): void {
  if (!hasEmulators) context.skip('the emulators are not installed here')
}

/** One installation for the tests of a file; what is left of it ends with them. Its ports are looked for from `ports` on. */
export function installationOfFile(ports: number): () => Installation {
  let made: Installation | undefined
  beforeAll(async () => {
    made = installationIn(await mkdtemp(join(tmpdir(), 'agents-plane-e2e-')), ports)
  })
  afterAll(async () => {
    await made?.stop()
    if (made) await rm(made.folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return () => {
    if (made === undefined) throw new Error('no installation before the tests begin')
    return made
  }
}

function installationIn(folder: string, ports: number): Installation {
  const state = join(folder, 'state')
  const found = {
    AP_STATE_DIR: state,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'logins'),
  }
  let plane: ChildProcess | undefined
  const local = async (): Promise<Local> => JSON.parse(await readFile(join(state, 'local.json'), 'utf8'))
  return {
    folder,
    state,
    start: async (...args) => {
      const port = String(await freePort(ports))
      const { FIRESTORE_EMULATOR_HOST: _, PUBSUB_EMULATOR_HOST: __, ...env } = process.env
      const command = ['infra/local/main.ts', '--state', state, '--port', port, ...args]
      const child = spawn(process.execPath, command, { cwd: ROOT, env })
      plane = child
      return greeting(child)
    },
    stop: async () => {
      if (plane === undefined || plane.exitCode !== null) return null
      const exited = once(plane, 'exit')
      plane.kill('SIGINT')
      const [code] = await exited
      return code
    },
    planes: (args, input) =>
      run(process.execPath, ['clients/cli/main.js', ...args], { env: { ...process.env, ...found }, input }),
    found,
    local,
    api: async () => {
      const { apiUrl, tokenFile } = await local()
      return apiClient({ url: apiUrl, token: await readFile(tokenFile, 'utf8'), fetch: (request) => fetch(request) })
    },
  }
}

async function greeting(child: ChildProcess): Promise<string> {
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await vi.waitUntil(() => said.includes('Next:') || child.exitCode !== null, { timeout: START_MS, interval: 100 })
  expect({ exitCode: child.exitCode, said }).toMatchObject({ exitCode: null })
  return said
}
