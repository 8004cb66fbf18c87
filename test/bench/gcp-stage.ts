import { setTimeout as delay } from 'node:timers/promises'
import { onAgentWritten } from '../../functions/on-agent-written.ts'
import { onPlaneWritten } from '../../functions/on-plane-written.ts'
import { step } from '../../functions/step.ts'
import { sweep } from '../../functions/sweep.ts'
import type { Clock } from '../../infra/local/gcp/clock.ts'
import { dispatcher } from '../../infra/local/gcp/dispatch.ts'
import { keepTicking } from '../../infra/local/gcp/machines/keep-ticking.ts'
import { simulatedMachines } from '../../infra/local/gcp/machines/machines.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { recordingLog } from '../fakes/log.ts'
import type { FakeStore } from '../fakes/store.ts'
import { lifeCloud } from '../gcp/life-cloud.ts'
import type { Through } from '../gcp/life-cloud.ts'
import { memoryBus, memoryDocuments, portsByFunction } from '../gcp/life-ports.ts'
import { delivery, heartbeatsTo, published, written } from '../gcp/life-stage.ts'

type Fields = Readonly<Record<string, unknown>>

/** A clock that runs so many times faster than the computer's, from some moment on. */
export function fastClock(startMs: number, times: number): Clock {
  const sinceMs = performance.now()
  return {
    nowMs: () => startMs + Math.round((performance.now() - sinceMs) * times),
    sleep: async (ms) => void (ms > 0 && (await delay(ms / times))),
  }
}

/** Agents Plane on a simulated cloud, every function as often at once as there is work for it. */
export type GcpStage = Awaited<ReturnType<typeof gcpStage>>

const START_MS = Date.parse('2026-09-01T12:00:00Z')
const SWEEP_EVERY_MS = 60_000
const WITHIN_MS = 20 * 60_000
/** From RUNNING to the first heartbeat, with an image that has everything. */
const BOOT_MS = 20_000

type Pace = { readonly through?: Through; readonly times?: number }

/** Opens a stage whose time runs so many times faster than the computer's. */
export async function gcpStage(options: Partial<Options>, { through, times = 20 }: Pace = {}) {
  const clock = fastClock(START_MS, times)
  const { cloud, server } = await lifeCloud(options, clock, through)
  const { store, documents } = memoryDocuments(clock)
  const { bus, queue, inbox } = memoryBus()
  const { log } = recordingLog()
  const portsOf = portsByFunction(server, clock, { documents, bus, inbox, log })
  const post = heartbeatsTo(cloud, { bus, clock, log })
  const machines = simulatedMachines(cloud, { bootMs: BOOT_MS, heartbeatEveryMs: 60_000, post })
  const running = new Set<Promise<unknown>>()
  const failures: unknown[] = []

  const run = (work: unknown): void => {
    const settled = Promise.resolve(work)
      .catch((error: unknown) => failures.push(error))
      .finally(() => running.delete(settled))
    running.add(settled)
  }
  const deliverAll = async (): Promise<void> => {
    for (const message of queue.splice(0)) {
      const [name, event] = delivery(message)
      run(step(message.topic, async () => portsOf(name))(event))
    }
  }
  const every = (everyMs: number, tick: () => Promise<void>) => keepTicking({ tick }, everyMs / times)
  const ends = [
    every(times, deliverAll),
    every(100, machines.tick),
    every(100, dispatcher(cloud, published(queue)).tick),
    every(SWEEP_EVERY_MS, async () => void (await sweep(async () => portsOf('sweep'))())),
  ]

  return {
    cloud,
    clock,
    store,
    failures,
    putPlane: (name: string, fields: Fields): PlaneRef => {
      const ref = store.putPlane(name, fields)
      run(onPlaneWritten(async () => portsOf('onPlaneWritten'))(written(`planes/${name}`)))
      return ref
    },
    putAgent: (plane: string, name: string, fields: Fields): AgentRef => {
      const ref = store.putAgent(plane, name, fields)
      run(onAgentWritten(async () => portsOf('onAgentWritten'))(written(`planes/${plane}/agents/${name}`)))
      return ref
    },
    /** Waits for a phase; how long it took in the cloud's milliseconds. */
    until: (uid: string, phase: string): Promise<number> => untilPhase({ store, clock }, uid, phase),
    close: async () => {
      await Promise.all(ends.map((end) => end()))
      await Promise.all(running)
      await server.close()
    },
  }
}

async function untilPhase(
  { store, clock }: { readonly store: FakeStore; readonly clock: Clock },
  uid: string,
  phase: string,
): Promise<number> {
  const sinceMs = clock.nowMs()
  while (store.status(uid)?.phase !== phase) {
    if (clock.nowMs() > sinceMs + WITHIN_MS) throw new Error(`not ${phase}: ${JSON.stringify(store.status(uid))}`)
    await delay(1)
  }
  return clock.nowMs() - sinceMs
}
