import type { CloudEvent } from '@google-cloud/functions-framework'
import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet } from 'jose'
import { heartbeat as heartbeatFunction } from '../../functions/heartbeat.ts'
import { onAgentWritten } from '../../functions/on-agent-written.ts'
import { onPlaneWritten } from '../../functions/on-plane-written.ts'
import { step } from '../../functions/step.ts'
import { sweep } from '../../functions/sweep.ts'
import { triggers } from '../../functions/triggers.ts'
import { virtualClock } from '../../infra/local/gcp/clock.ts'
import type { Clock, VirtualClock } from '../../infra/local/gcp/clock.ts'
import { dispatcher } from '../../infra/local/gcp/dispatch.ts'
import type { Cloud } from '../../infra/local/gcp/cloud.ts'
import type { Deliver } from '../../infra/local/gcp/dispatch.ts'
import { simulatedMachines } from '../../infra/local/gcp/machines/machines.ts'
import type { PostHeartbeat } from '../../infra/local/gcp/machines/machine.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { GOOGLE_ISSUER } from '../../infra/local/gcp/tokens/identity-token.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { Status } from '../../shared/documents/status.ts'
import { identityVerifier } from '../../shared/gcp/identity-token.ts'
import type { Bus } from '../../shared/ports/bus.ts'
import type { Log } from '../../shared/ports/log.ts'
import { recordingLog } from '../fakes/log.ts'
import { START_MS } from './a-cloud.ts'
import { lifeCloud } from './life-cloud.ts'
import type { Through } from './life-cloud.ts'
import { HEARTBEAT_URL, memoryBus, memoryDocuments, portsByFunction } from './life-ports.ts'
import type { Published } from './life-ports.ts'

type Fields = Readonly<Record<string, unknown>>

/** Agents Plane on a simulated cloud: real functions and adapters over HTTP, documents and messages in memory, one time. */
export type LifeStage = Awaited<ReturnType<typeof lifeStage>>

const SWEEP_EVERY_MS = 60_000
const TICK_MS = 250

/** What a test may do about the requests that functions send, and about each run of one that a message is for. */
export type Hooks = {
  readonly log?: Log
  readonly through?: Through
  readonly around?: (message: Published, run: () => unknown) => Promise<unknown>
  /** Told of what the backend rejects with, whatever becomes of it. */
  readonly refused?: (error: unknown) => void
}

/** Opens a stage; to be closed. */
export async function lifeStage(changes: Partial<Options> = {}, hooks: Hooks = {}) {
  const { log = recordingLog().log, through, around = once, refused } = hooks
  const clock = virtualClock(START_MS)
  const { cloud, server } = await lifeCloud(changes, clock, through)
  const { store, documents } = memoryDocuments(clock)
  const { bus, queue, inbox } = memoryBus()
  const portsOf = portsByFunction(server, clock, { documents, bus, inbox, log, refused })
  const post = heartbeatsTo(cloud, { bus, clock, log })
  const machines = simulatedMachines(cloud, { bootMs: 20_000, heartbeatEveryMs: 60_000, post })
  const tasks = dispatcher(cloud, published(queue))
  const during = passing(clock)
  let sweepAtMs = clock.nowMs()

  /** One thing that is to be done now; when there is none, a moment of time. */
  const turn = async (): Promise<void> => {
    const next = queue.shift()
    if (next !== undefined) {
      const [name, event] = delivery(next)
      return during(around(next, () => step(next.topic, async () => portsOf(name))(event)))
    }
    clock.advance(TICK_MS)
    await during(machines.tick())
    await during(tasks.tick())
    if (clock.nowMs() < sweepAtMs) return
    sweepAtMs = clock.nowMs() + SWEEP_EVERY_MS
    await during(sweep(async () => portsOf('sweep'))())
  }

  return {
    cloud,
    server,
    clock,
    store,
    /** Sends a heartbeat as a machine does. */
    post,
    putPlane: async (name: string, fields: Fields): Promise<PlaneRef> => {
      const ref = store.putPlane(name, fields)
      await during(onPlaneWritten(async () => portsOf('onPlaneWritten'))(written(`planes/${name}`)))
      return ref
    },
    putAgent: async (plane: string, name: string, fields: Fields): Promise<AgentRef> => {
      const ref = store.putAgent(plane, name, fields)
      await during(onAgentWritten(async () => portsOf('onAgentWritten'))(written(`planes/${plane}/agents/${name}`)))
      return ref
    },
    /** Goes on until a status is as wanted; rejects with that status when it is not within half an hour. */
    until: async (uid: string, is: (status: Status) => boolean): Promise<Status> => {
      const untilMs = clock.nowMs() + 30 * 60_000
      for (;;) {
        const status = store.status(uid)
        if (status !== undefined && is(status)) return status
        if (clock.nowMs() > untilMs) throw new Error(`still not: ${JSON.stringify(status)}`)
        await turn()
      }
    },
    /** Lets time pass while something is under way, and for nothing else. */
    meanwhile: during,
    close: () => server.close(),
  }
}

type Receiver = { readonly bus: Bus; readonly clock: Clock; readonly log: Log }

/** The function that heartbeats go to, which believes this cloud's signature. */
export function heartbeatsTo(cloud: Cloud, { bus, clock, log }: Receiver): PostHeartbeat {
  const keys = createLocalJWKSet(cloud.world.signer.certs() as unknown as JSONWebKeySet)
  const verify = identityVerifier({ issuer: GOOGLE_ISSUER, audience: HEARTBEAT_URL, keys, clock })
  const receive = heartbeatFunction(async () => ({ verify, bus, clock, log }))
  return async (url, token, body) => {
    const headers = { 'x-agent-identity': token }
    return (await receive(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }))).status
  }
}

const once: NonNullable<Hooks['around']> = async (_, run) => run()

/** Lets everything that is ready happen. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Lets time pass while something waits for the cloud, and for nothing else. */
const passing =
  (clock: VirtualClock) =>
  async (work: Promise<unknown> | void): Promise<void> => {
    const over = { yet: false }
    const settled = Promise.resolve(work).finally(() => {
      over.yet = true
    })
    // Who fails is told of below, once.
    settled.catch(() => undefined)
    while (!over.yet) {
      if (clock.sleeping() > 0) clock.advance(50)
      await breathe()
    }
    await settled
  }

/** What Pub/Sub makes of what Cloud Tasks sends it. */
export const published =
  (queue: Published[]): Deliver =>
  async (url, body) => {
    const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly data: string }[] }
    const topic = /topics\/([^/:]+):publish$/.exec(url)?.[1] ?? ''
    for (const { data } of messages) queue.push({ topic, json: JSON.parse(Buffer.from(data, 'base64').toString()) })
    return true
  }

const event = { specversion: '1.0', id: '1', source: '//test', type: 'test' }

/** The function that a message is for, and the event it gets. */
export function delivery({ topic, json }: Published): readonly [name: string, event: CloudEvent<unknown>] {
  const found = triggers.find((trigger) => trigger.kind === 'topic' && trigger.topic === topic)
  const data = Buffer.from(JSON.stringify(json)).toString('base64')
  return [found?.name ?? '', { ...event, data: { message: { data } } }]
}

/** The event of a document's change. */
export const written = (document: string): CloudEvent<unknown> => ({ ...event, document })
