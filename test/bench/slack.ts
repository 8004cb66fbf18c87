import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Firestore } from '@google-cloud/firestore'
import { commandBody, signedHeaders } from '../../infra/local/slack/signed.ts'
import { firestoreSlack } from '../../shared/gcp/firestore-slack.ts'
import { planeFields } from '../contract/statuses.ts'
import { median, quantile } from './bench.ts'
import type { Bench, Hosts } from './bench.ts'

const TEAM = 'T0BENCH'
const SECRET = 'signing-secret-of-nobody'
const AT_ONCE = 50
const ROUNDS = 20
const COLD_STARTS = 5
const WARM_MS = 100
const COLD_MS = 1500

/** How soon Slack is answered: by an instance that runs, with many people asking at once, and by one that starts. */
export const slack: Bench = {
  name: 'slack',
  run: async (bed) => {
    const folder = await mkdtemp(join(tmpdir(), 'agents-plane-bench-'))
    try {
      const environment = await prepared(folder, await bed.emulators())
      const cold: number[] = []
      for (let i = 0; i < COLD_STARTS; i++) cold.push(await coldMs(environment))
      const warm = await warmMs(environment)
      const [p50, p99] = [median(warm), quantile(warm, 0.99)]
      return [
        {
          name: `Slack acknowledged, warm, ${AT_ONCE} at once over the emulator`,
          figure: `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
          target: `p99 ≤ ${WARM_MS} ms`,
          ratio: p99 / WARM_MS,
        },
        {
          name: 'Slack acknowledged, process start to first answer',
          figure: `median ${median(cold).toFixed(0)} ms`,
          target: `≤ ${COLD_MS} ms`,
          ratio: median(cold) / COLD_MS,
        },
      ]
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

const userOf = (n: number): string => `U0PERSON${n}`
const emailOf = (n: number): string => `person-${n}@example.com`

async function link(firestore: Firestore, n: number): Promise<void> {
  const person = { team: TEAM, user: userOf(n) }
  await firestore.doc(`planes/acme/members/${emailOf(n)}`).set({ role: 'admin' })
  await firestoreSlack(firestore).putLink(person, emailOf(n))
  await firestoreSlack(firestore).putStanding(person, 'member', Date.now())
}

/** A plane with people who are linked, and the environment of the functions. */
async function prepared(folder: string, { firestoreHost, pubsubHost }: Hosts): Promise<NodeJS.ProcessEnv> {
  const project = `demo-slack-${Date.now()}`
  const [token, secret] = [join(folder, 'token'), join(folder, 'secret')]
  await Promise.all([writeFile(token, 'token'), writeFile(secret, SECRET)])
  process.env['FIRESTORE_EMULATOR_HOST'] = firestoreHost
  const firestore = new Firestore({ projectId: project })
  await firestore.doc('planes/acme').set({ ...planeFields, createdAt: new Date() })
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => link(firestore, n)))
  await firestore.terminate()
  return {
    ...process.env,
    AP_MODE: 'local',
    AP_BACKEND: 'process',
    AP_STATE_DIR: folder,
    GOOGLE_CLOUD_PROJECT: project,
    FIRESTORE_EMULATOR_HOST: firestoreHost,
    PUBSUB_EMULATOR_HOST: pubsubHost,
    AP_API_TOKEN_FILE: token,
    AP_FUNCTIONS_URL: 'http://127.0.0.1:1',
    AP_HEARTBEAT_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
    AP_SLACK_TEAMS: `${TEAM}=acme`,
    AP_SLACK_SECRET_FILE: secret,
    METADATA_SERVER_DETECTION: 'none',
  }
}

async function started(env: NodeJS.ProcessEnv) {
  const script = new URL('slack-served.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: line.toString().trim(),
    stop: async () => {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

let asked = 0

/** One command of one of them. @throws Error unless it is answered as it should be */
async function ask(url: string, n: number): Promise<number> {
  const sender = { team: TEAM, user: userOf(n), app: 'A0', triggerId: `${process.pid}.${++asked}` }
  const body = commandBody('whoami', sender)
  const startMs = performance.now()
  const response = await fetch(url, { method: 'POST', body, headers: signedHeaders(body, SECRET, Date.now()) })
  const text = await response.text()
  if (!text.includes(`You are *${emailOf(n)}*`)) throw new Error(`Slack was answered: ${response.status} ${text}`)
  return performance.now() - startMs
}

async function coldMs(env: NodeJS.ProcessEnv): Promise<number> {
  const startMs = performance.now()
  const { url, stop } = await started(env)
  await ask(url, 0)
  const ms = performance.now() - startMs
  await stop()
  return ms
}

/** What each of many people waits; the first rounds warm it up. */
async function warmMs(env: NodeJS.ProcessEnv): Promise<readonly number[]> {
  const { url, stop } = await started(env)
  for (let i = 0; i < AT_ONCE; i++) await ask(url, i)
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => ask(url, n))))
  }
  await stop()
  return rounds.slice(ROUNDS / 4).flat()
}
