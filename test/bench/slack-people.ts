import { Agent, request } from 'node:http'
import { Firestore } from '@google-cloud/firestore'
import { commandBody, signedHeaders } from '../../infra/local/slack/signed.ts'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreSlack } from '../../shared/gcp/firestore-slack.ts'
import { specPath, statusPath } from '../../shared/gcp/firestore-snapshots.ts'
import { settledAgents } from './settled.ts'

export const TEAM = 'T0BENCH'
export const SECRET = 'signing-secret-of-nobody'

const ADMINS = 10

const userOf = (n: number): string => `U0PERSON${n}`
const emailOf = (n: number): string => `person-${n}@example.com`
const isAdmin = (n: number): boolean => n < ADMINS

/** Links people by number: each owns the agent of that number on the seeded plane, and the first ten are its admins. */
export async function linkPeople(project: string, count: number): Promise<void> {
  const firestore = new Firestore({ projectId: project })
  await Promise.all(settledAgents(count).map((agent, n) => link(firestore, agent, n)))
  await firestore.terminate()
}

async function link(firestore: Firestore, agent: ReturnType<typeof settledAgents>[number], n: number): Promise<void> {
  const [person, owner] = [{ team: TEAM, user: userOf(n) }, emailOf(n)]
  for (const path of [specPath(agent), statusPath(agent)]) await firestore.doc(path).update({ owner })
  if (isAdmin(n)) await firestore.doc(`planes/${agent.plane}/members/${owner}`).set({ role: 'admin' })
  await firestoreSlack(firestore, systemClock).putLink(person, owner)
  await firestoreSlack(firestore, systemClock).putStanding(person, 'member', Date.now())
}

/** What is typed, and a piece of what the person of this number is told. */
const VERBS = {
  help: { typed: () => 'help', told: () => '/planes whoami: who you are here' },
  whoami: { typed: () => 'whoami', told: (n: number) => `You are *${emailOf(n)}*` },
  status: { typed: () => 'status', told: (n: number) => (isAdmin(n) ? 'acme is Ready' : `agent-${n}: Ready`) },
  show: { typed: (n: number) => `show agent-${n}`, told: (n: number) => `acme/agent-${n} is Ready` },
} as const

export type Verb = keyof typeof VERBS
export const ALL_VERBS = Object.keys(VERBS) as readonly Verb[]

let asked = 0

/** What Slack would send for one of the people. */
export function typedBy(n: number, verb: Verb): string {
  const sender = { team: TEAM, user: userOf(n), app: 'A0', triggerId: `${process.pid}.${++asked}` }
  return commandBody(VERBS[verb].typed(n), sender)
}

/** @throws Error unless the person was answered as they should be */
export function expectAnswer(n: number, verb: Verb, text: string): void {
  if (!text.includes(VERBS[verb].told(n))) throw new Error(`${verb} of person ${n} was answered: ${text}`)
}

/** Connections stay open, as those of Slack's proxies: the client shares two cores with what it measures. */
const agent = new Agent({ keepAlive: true })

/** A signed request, ready to be sent. It resolves to the milliseconds that its answer took, once. */
export function ready(url: string, n: number, verb: Verb): () => Promise<number> {
  const body = typedBy(n, verb)
  const headers = { ...signedHeaders(body, SECRET, Date.now()), 'content-length': Buffer.byteLength(body) }
  return async () => {
    const startMs = performance.now()
    const text = await post(url, headers, body)
    const tookMs = performance.now() - startMs
    expectAnswer(n, verb, text)
    return tookMs
  }
}

const post = (url: string, headers: Record<string, string | number>, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve(Buffer.concat(parts).toString()))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
