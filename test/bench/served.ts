import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hosts } from './bench.ts'

/** What signs in to the API of a function that is served for a benchmark. */
export const TOKEN = 'token-of-nobody'

/** Gives work a folder with a token file, and what functions over the emulators read from their environment. */
export async function withEnvironment<T>(
  { firestoreHost, pubsubHost }: Hosts,
  project: string,
  work: (env: Readonly<Record<string, string>>, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'agents-plane-bench-'))
  try {
    await writeFile(join(folder, 'token'), TOKEN)
    const env = {
      AP_MODE: 'local',
      AP_BACKEND: 'process',
      AP_STATE_DIR: folder,
      GOOGLE_CLOUD_PROJECT: project,
      FIRESTORE_EMULATOR_HOST: firestoreHost,
      PUBSUB_EMULATOR_HOST: pubsubHost,
      AP_API_TOKEN_FILE: join(folder, 'token'),
      AP_FUNCTIONS_URL: 'http://127.0.0.1:1',
      AP_HEARTBEAT_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
      METADATA_SERVER_DETECTION: 'none',
    }
    return await work(env, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One function in a process of its own. */
export type Served = {
  readonly url: string
  /** What it has taken of the processor so far, in milliseconds. */
  readonly cpuMs: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** Starts a process that serves one function; resolves when it listens. */
export async function served(functionName: string, env: Readonly<Record<string, string>>): Promise<Served> {
  const script = new URL('served-once.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, functionName], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: line.toString().trim(),
    cpuMs: async () => {
      child.stdin.write('cpu')
      const [usage] = (await once(child.stdout, 'data')) as [Buffer]
      return msOf(JSON.parse(usage.toString()) as NodeJS.CpuUsage)
    },
    stop: async () => {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

/** The processor's time that was used, in milliseconds. */
export const msOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

/** How long each of so many requests takes that are sent at once, round after round, in milliseconds. */
export async function roundsOf(rounds: number, atOnce: number, ask: (n: number) => Promise<number>): Promise<number[]> {
  const took: number[][] = []
  for (let round = 0; round < rounds; round++)
    took.push(await Promise.all(Array.from({ length: atOnce }, (_, n) => ask(n))))
  return took.flat()
}
