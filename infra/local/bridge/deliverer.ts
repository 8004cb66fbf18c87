import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../../../shared/ports/log.ts'
import type { Delivery, HttpEvent, Letter } from './cloud-event.ts'
import { backoffMs, type RetryPolicy } from './retry.ts'
import { slots, type Slots } from './slots.ts'

/** How a delivery ended. `abandoned`: the bridge was stopped; `undeliverable`: not even as a dead letter. */
export type Outcome = 'delivered' | 'dead-lettered' | 'undeliverable' | 'abandoned'

/** What has happened since the start. */
export type Counts = { delivered: number; retried: number; deadLettered: number; dropped: number }

/** Brings events to functions: retries, then the dead-letter topic. */
export type Deliverer = {
  readonly counts: Counts
  deliver(delivery: Delivery): Promise<Outcome>
  /** Ends within about a second: what runs may finish until then, what waits for its next attempt is abandoned. */
  stop(): Promise<void>
}

/** What a deliverer needs. */
export type DelivererOptions = {
  /** Sends an event to a function. Resolves with the HTTP status; rejects when nobody answers. */
  readonly invoke: (functionName: string, event: HttpEvent, signal: AbortSignal) => Promise<number>
  readonly deadLetter: (letter: Letter, attempts: number) => Promise<void>
  readonly retries: RetryPolicy
  readonly concurrencyPerFunction: number
  readonly random: () => number
  readonly log: Log
}

const STOP_WITHIN_MS = 1_000

/** A deliverer. Every function has its own bound, so that a slow one delays nobody else. */
export function deliverer(options: DelivererOptions): Deliverer {
  const counts: Counts = { delivered: 0, retried: 0, deadLettered: 0, dropped: 0 }
  const bounds = new Map<string, Slots>()
  const running = new Set<Promise<Outcome>>()
  const stopping = new AbortController()
  const aborting = new AbortController()

  const boundOf = (name: string): Slots => {
    const bound = bounds.get(name) ?? slots(options.concurrencyPerFunction)
    bounds.set(name, bound)
    return bound
  }

  const attempts = async (delivery: Delivery): Promise<Outcome> => {
    const { functionName } = delivery
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      const failure = await boundOf(functionName).run(() =>
        once(delivery, attempt, options, stopping.signal, aborting.signal),
      )
      if (failure === undefined) {
        counts.delivered += 1
        return 'delivered'
      }
      if (stopping.signal.aborted) break
      if (attempt >= options.retries.attempts) return bury(delivery, attempt, failure, options, counts)
      counts.retried += 1
      options.log.warn('event.retried', { step: functionName, reason: failure, count: attempt })
      await delay(backoffMs(attempt, options.retries, options.random), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      )
    }
    return 'abandoned'
  }

  return {
    counts,
    deliver: async (delivery) => {
      const outcome = attempts(delivery)
      running.add(outcome)
      return outcome.finally(() => running.delete(outcome))
    },
    stop: async () => {
      stopping.abort()
      await Promise.race([Promise.allSettled(running), delay(STOP_WITHIN_MS, undefined, { ref: false })])
      aborting.abort()
      await Promise.allSettled(running)
    },
  }
}

/** One attempt. Why it failed, or undefined. */
async function once(
  delivery: Delivery,
  attempt: number,
  { invoke }: DelivererOptions,
  stopping: AbortSignal,
  aborting: AbortSignal,
): Promise<string | undefined> {
  if (stopping.aborted) return 'stopped'
  try {
    const status = await invoke(delivery.functionName, delivery.event(attempt), aborting)
    return status >= 200 && status < 300 ? undefined : `HTTP ${status}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function bury(
  { functionName, letter }: Delivery,
  attempts: number,
  reason: string,
  { deadLetter, log }: DelivererOptions,
  counts: Counts,
): Promise<Outcome> {
  try {
    await deadLetter(letter, attempts)
  } catch (error) {
    log.error('event.lost', { step: functionName, reason, error })
    return 'undeliverable'
  }
  counts.deadLettered += 1
  log.error('event.dead-lettered', { step: functionName, reason, count: attempts })
  return 'dead-lettered'
}
