import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Firestore } from '@google-cloud/firestore'
import { commandBody, signedHeaders } from '../../infra/local/slack/signed.ts'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreSlack } from '../../shared/gcp/firestore-slack.ts'
import { planeFields } from '../contract/statuses.ts'
import { median, quantile } from './bench.ts'
import type { Bench } from './bench.ts'
import { roundsOf, served, withEnvironment } from './served.ts'

const TEAM = 'T0BENCH'
const SECRET = 'signing-secret-of-nobody'
const AT_ONCE = 50
const WARM_UP_ROUNDS = 6
const ROUNDS = 14
const COLD_STARTS = 5
const WARM_MS = 100
const COLD_MS = 1500

type Env = Readonly<Record<string, string>>

/** How soon Slack is answered: by an instance that runs, with many people asking at once, and by one that starts. */
export const slack: Bench = {
  name: 'slack',
  run: async (bed) => {
    const hosts = await bed.emulators()
    const project = `demo-slack-${Date.now()}`
    return withEnvironment(hosts, project, async (shared, folder) => {
      await prepare(project, hosts.firestoreHost)
      const secretFile = join(folder, 'secret')
      await writeFile(secretFile, SECRET)
      const env = { ...shared, AP_SLACK_TEAMS: `${TEAM}=acme`, AP_SLACK_SECRET_FILE: secretFile }
      const cold: number[] = []
      for (let i = 0; i < COLD_STARTS; i++) cold.push(await coldMs(env))
      const warm = await warmMs(env)
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
    })
  },
}

const userOf = (n: number): string => `U0PERSON${n}`
const emailOf = (n: number): string => `person-${n}@example.com`

/** A plane with people who are linked. */
async function prepare(project: string, firestoreHost: string): Promise<void> {
  process.env['FIRESTORE_EMULATOR_HOST'] = firestoreHost
  const firestore = new Firestore({ projectId: project })
  await firestore.doc('planes/acme').set({ ...planeFields, createdAt: new Date() })
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => link(firestore, n)))
  await firestore.terminate()
}

async function link(firestore: Firestore, n: number): Promise<void> {
  const person = { team: TEAM, user: userOf(n) }
  await firestore.doc(`planes/acme/members/${emailOf(n)}`).set({ role: 'admin' })
  await firestoreSlack(firestore, systemClock).putLink(person, emailOf(n))
  await firestoreSlack(firestore, systemClock).putStanding(person, 'member', Date.now())
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

async function coldMs(env: Env): Promise<number> {
  const startMs = performance.now()
  const { url, stop } = await served('slack', env)
  await ask(url, 0)
  const ms = performance.now() - startMs
  await stop()
  return ms
}

/** What each of many people waits. */
async function warmMs(env: Env): Promise<readonly number[]> {
  const { url, stop } = await served('slack', env)
  const once = (n: number) => ask(url, n)
  await roundsOf(WARM_UP_ROUNDS, AT_ONCE, once)
  const warm = await roundsOf(ROUNDS, AT_ONCE, once)
  await stop()
  return warm
}
