import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readEnvironment } from '../../functions/environment.ts'
import { apiHandler } from '../../functions/wiring-people.ts'
import { recordingLog } from '../fakes/log.ts'
import { median, quantile } from './bench.ts'
import type { Bench, Figure } from './bench.ts'
import { countedFirestore } from './operations.ts'
import { roundsOf, served, TOKEN, withEnvironment } from './served.ts'
import { seededProject } from './sweep.ts'

const AGENTS = 1000
const STATUS_MS = 1000
const TIMES = 5
const AT_ONCE = 100
// A caller may ask 600 times before being slowed down.
const ROUNDS = 5
const READS_PER_100 = 10

type Env = Readonly<Record<string, string>>

const run = promisify(execFile)
const headers = { authorization: `Bearer ${TOKEN}` }

/** What people wait for: `planes status` over many agents, and the API when many ask at once. */
export const people: Bench = {
  name: 'people',
  run: async (bed) => {
    const hosts = await bed.emulators()
    const project = await seededProject(hosts, AGENTS)
    return withEnvironment(hosts, project, async (env, folder) => {
      const api = await served('api', env)
      try {
        await writeFile(join(folder, 'local.json'), JSON.stringify({ apiUrl: api.url, tokenFile: 'token' }))
        return [...(await statusFigures(folder)), await readsFigure(env), await apiFigure(api.url)]
      } finally {
        await api.stop()
      }
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

/** What one look at all agents asks of Firestore. */
async function readsFigure(env: Env): Promise<Figure> {
  const { firestore, counts } = countedFirestore(env['GOOGLE_CLOUD_PROJECT'] ?? '')
  const clients = { firestore: async () => firestore, pubsub: noPubSub }
  const handle = await apiHandler(readEnvironment(env), clients, recordingLog().log)
  const response = await handle(new Request('http://localhost/v1/planes/acme', { headers }))
  if (response.status !== 200) throw new Error(`the API answered ${response.status}`)
  await firestore.terminate()
  return {
    name: '… its reads of Firestore for 100 agents',
    figure: `${per100(counts.calls).toFixed(1)} requests (${per100(counts.documents).toFixed(1)} documents read)`,
    target: `≤ ${READS_PER_100}`,
    ratio: per100(counts.calls) / READS_PER_100,
  }
}

async function apiFigure(url: string): Promise<Figure> {
  const ask = async (n: number): Promise<number> => {
    const startMs = performance.now()
    const response = await fetch(`${url}v1/planes/acme/agents/agent-${n}`, { headers })
    if (response.status !== 200) throw new Error(`the API answered ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    return performance.now() - startMs
  }
  const took = await roundsOf(ROUNDS, AT_ONCE, ask)
  return {
    name: `API, one agent read, ${AT_ONCE} callers at once`,
    figure: `p50 ${median(took).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms`,
  }
}
