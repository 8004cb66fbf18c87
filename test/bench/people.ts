import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readEnvironment } from '../../functions/environment.ts'
import { apiHandler } from '../../functions/wiring-people.ts'
import { recordingLog } from '../fakes/log.ts'
import { median, quantile } from './bench.ts'
import type { Bench, Figure } from './bench.ts'
import { openCallers } from './callers.ts'
import { countedFirestore } from './operations.ts'
import { roundsOf, served, TOKEN, withEnvironment } from './served.ts'
import { seededProject } from './sweep.ts'

const AGENTS = 1000
const STATUS_MS = 1000
const TIMES = 5
const CALLERS = 100
const ROUNDS = 10
const READS_PER_100 = 10

type Env = Readonly<Record<string, string>>

const run = promisify(execFile)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What people wait for: `planes status` over many agents, and the API when many ask at once. */
export const people: Bench = {
  name: 'people',
  run: async (bed) => {
    const hosts = await bed.emulators()
    const project = await seededProject(hosts, AGENTS)
    return withEnvironment(hosts, project, async (env, folder) => {
      await using parts = new AsyncDisposableStack()
      const { environment, tokens } = await openCallers(CALLERS, { project, folder }, parts)
      const api = await served('api', { ...env, ...environment })
      parts.defer(() => api.stop())
      await writeFile(join(folder, 'local.json'), JSON.stringify({ apiUrl: api.url, tokenFile: 'token' }))
      return [...(await statusFigures(folder)), ...(await readsFigures(env)), await apiFigure(api.url, tokens)]
    })
  },
}

async function statusFigures(folder: string): Promise<readonly Figure[]> {
  const took: number[] = []
  for (let i = 0; i <= TIMES; i++) took.push(await planesMs('status', '--state', folder))
  const [cold = Number.NaN, ...warm] = took
  const help: number[] = []
  for (let i = 0; i < TIMES; i++) help.push(await planesMs('--help'))
  const ms = median(warm)
  return [
    {
      name: `planes status, ${AGENTS} agents, whole process`,
      figure: `median ${ms.toFixed(0)} ms (the first, of a cold API: ${cold.toFixed(0)} ms)`,
      target: `≤ ${STATUS_MS} ms`,
      ratio: ms / STATUS_MS,
    },
    {
      name: 'planes --help, whole process',
      figure: `median ${median(help).toFixed(0)} ms`,
      target: '≤ 250 ms',
      ratio: median(help) / 250,
    },
  ]
}

/** A command as a person runs it. @throws when it fails */
async function planesMs(...args: readonly string[]): Promise<number> {
  const startMs = performance.now()
  await run(process.execPath, ['clients/cli/main.js', ...args], { maxBuffer: 2 ** 26 })
  return performance.now() - startMs
}

const noPubSub = () => Promise.reject(new Error('the API publishes nothing'))

const per100 = (count: number): number => count / (AGENTS / 100)

/**
 * What `planes status` has the API ask of Firestore: how often, and for how many documents, which is what is billed. Each
 * agent has two, of which nobody keeps a summary.
 */
async function readsFigures(env: Env): Promise<readonly Figure[]> {
  const { firestore, counts } = countedFirestore(env['GOOGLE_CLOUD_PROJECT'] ?? '')
  const clients = { firestore: async () => firestore, pubsub: noPubSub }
  const handle = await apiHandler(readEnvironment(env), clients, recordingLog().log)
  for (const path of ['planes', 'planes/acme?brief=true']) {
    const response = await handle(new Request(`http://localhost/v1/${path}`, { headers: bearer(TOKEN) }))
    if (response.status !== 200) throw new Error(`the API answered ${response.status}`)
  }
  await firestore.terminate()
  return [
    readsOf('requests to Firestore', per100(counts.calls)),
    readsOf('documents read from Firestore', per100(counts.documents)),
  ]
}

const readsOf = (what: string, count: number): Figure => ({
  name: `planes status, ${what} for 100 agents`,
  figure: count.toFixed(1),
  target: `≤ ${READS_PER_100}`,
  ratio: count / READS_PER_100,
})

/** Each caller asks for an agent of their own choice, all at the same moment. */
async function apiFigure(url: string, tokens: readonly string[]): Promise<Figure> {
  const ask = async (n: number): Promise<number> => {
    const startMs = performance.now()
    const response = await fetch(`${url}v1/planes/acme/agents/agent-${n}`, { headers: bearer(tokens[n] ?? '') })
    if (response.status !== 200) throw new Error(`the API answered ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    return performance.now() - startMs
  }
  // The first look at a token fetches the keys that it is verified with.
  await roundsOf(1, CALLERS, ask)
  const took = await roundsOf(ROUNDS, CALLERS, ask)
  return {
    name: `API, one agent read, warm, ${CALLERS} callers at once`,
    figure: `p50 ${median(took).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms`,
  }
}
