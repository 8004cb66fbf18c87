import { parse } from 'node:querystring'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnvironment } from '../../functions/environment.ts'
import { slackFunction } from '../../functions/wiring-slack.ts'
import { JointFirestore } from '../../shared/gcp/joint-firestore.ts'
import { recordingLog } from '../fakes/log.ts'
import { median, quantile } from './bench.ts'
import type { Bench, Figure } from './bench.ts'
import { countedRequests } from './operations.ts'
import { msOf, served, withEnvironment } from './served.ts'
import { ALL_VERBS, SECRET, TEAM, expectAnswer, linkPeople, ready, typedBy } from './slack-people.ts'
import type { Verb } from './slack-people.ts'
import { seededProject } from './sweep.ts'

const AT_ONCE = 50
/** So many until an answer costs no less any more: what an instance answers just after its start is not warm. */
const WARM_UP_ROUNDS = 40
const ROUNDS = 20
const COLD_STARTS = 5
const WARM_MS = 100
const COLD_MS = 1500

type Env = Readonly<Record<string, string>>

/** How soon Slack is answered: by an instance that runs, with many people asking at once, and by one that starts. */
export const slack: Bench = {
  name: 'slack',
  run: async (bed) => {
    const hosts = await bed.emulators()
    const project = await seededProject(hosts, AT_ONCE)
    await linkPeople(project, AT_ONCE)
    return withEnvironment(hosts, project, async (shared, folder) => {
      const secretFile = join(folder, 'secret')
      await writeFile(secretFile, SECRET)
      const env = { ...shared, AP_SLACK_TEAMS: `${TEAM}=acme`, AP_SLACK_SECRET_FILE: secretFile }
      const cold: number[] = []
      for (let i = 0; i < COLD_STARTS; i++) cold.push(await coldMs(env))
      return [...(await warmFigures(env)), await requestsFigure(env), coldFigure(median(cold))]
    })
  },
}

async function coldMs(env: Env): Promise<number> {
  const startMs = performance.now()
  const { url, stop } = await served('slack', env)
  await ready(url, 0, 'whoami')()
  const ms = performance.now() - startMs
  await stop()
  return ms
}

const coldFigure = (ms: number): Figure => ({
  name: 'Slack acknowledged, process start to first answer',
  figure: `median ${ms.toFixed(0)} ms`,
  target: `≤ ${COLD_MS} ms`,
  ratio: ms / COLD_MS,
})

const verbOf = (n: number): Verb => ALL_VERBS[n % ALL_VERBS.length] ?? 'help'

const mixed = (round: number) => (n: number) => verbOf(n + round)

/** What each of many people waits who ask at once, for different things and all for the same. The mix is what is promised. */
async function warmFigures(env: Env): Promise<readonly Figure[]> {
  const { url, cpuMs, stop } = await served('slack', env)
  for (let n = 0; n < AT_ONCE; n++) await ready(url, n, verbOf(n))()
  await roundsOf(url, WARM_UP_ROUNDS, mixed)
  const [functionMs, clientMs] = [await cpuMs(), msOf(process.cpuUsage())]
  const mix = await roundsOf(url, ROUNDS, mixed)
  const spent = [(await cpuMs()) - functionMs, msOf(process.cpuUsage()) - clientMs]
  const p99 = quantile(mix, 0.99)
  const figures: Figure[] = [
    {
      name: `Slack acknowledged, warm, ${AT_ONCE} at once over the emulator`,
      figure: `${inShort(mix)} (${ALL_VERBS.join(', ')} mixed)`,
      target: `p99 ≤ ${WARM_MS} ms`,
      ratio: p99 / WARM_MS,
    },
    cpuFigure(spent.map((ms) => ms / mix.length)),
  ]
  for (const verb of ALL_VERBS)
    figures.push({ name: `… all of them ${verb}`, figure: inShort(await roundsOf(url, ROUNDS, () => () => verb)) })
  await stop()
  return figures
}

/** What answers cost, whatever else this computer does. The client's share holds signing, which is not timed. */
const cpuFigure = ([own = Number.NaN, client = Number.NaN]: readonly number[]): Figure => ({
  name: '… CPU for each of them, without the emulator',
  figure: `${own.toFixed(2)} ms of the function, ${client.toFixed(2)} ms of the client`,
})

const inShort = (took: readonly number[]): string =>
  `p50 ${median(took).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms`

/** How long each answer takes, in milliseconds. What is sent at once is signed before. */
async function roundsOf(url: string, rounds: number, verbsOf: (round: number) => (n: number) => Verb) {
  const took: number[][] = []
  for (let round = 0; round < rounds; round++) {
    const requests = Array.from({ length: AT_ONCE }, (_, n) => ready(url, n, verbsOf(round)(n)))
    took.push(await Promise.all(requests.map((send) => send())))
  }
  return took.flat()
}

const noPubSub = () => Promise.reject(new Error('the answer publishes nothing'))

/** What as many answers as are asked for at once ask of Firestore together. */
async function requestsFigure(env: Env): Promise<Figure> {
  const { transformer, counts } = countedRequests()
  const projectId = env['GOOGLE_CLOUD_PROJECT'] ?? ''
  const firestore = new JointFirestore({ projectId, 'grpc.callInvocationTransformer': transformer })
  const clients = { firestore: async () => firestore, pubsub: noPubSub }
  const made = await slackFunction(readEnvironment(env), clients, recordingLog().log)
  const answers = Array.from({ length: AT_ONCE }, async (_, n) => {
    const ack = await made?.handle({ body: parse(typedBy(n, verbOf(n))) })
    expectAnswer(n, verbOf(n), JSON.stringify(ack))
  })
  await Promise.all(answers)
  await firestore.terminate()
  return {
    name: `… requests of Firestore for ${AT_ONCE} in one turn, mixed`,
    figure: `${counts.calls} (${counts.documents} documents read)`,
  }
}
