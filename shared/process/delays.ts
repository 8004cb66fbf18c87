import type { StepMessage } from '../documents/message.ts'
import type { Bus, Delays } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

/** The longest wait that a timer of Node can hold; more would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

/** Delayed messages as timers of this process. They end with it: the sweep asks again for what was due. */
export function localDelays(bus: Bus, clock: Clock, log: Log): Delays & { stop(): void } {
  const timers = new Map<string, NodeJS.Timeout>()
  const wait = (message: StepMessage, atMs: number, key: string): void => {
    const delayMs = Math.min(Math.max(0, atMs - clock.nowMs()), LONGEST_MS)
    timers.set(key, setTimeout(() => wake(message, atMs, key), delayMs).unref())
  }
  const wake = (message: StepMessage, atMs: number, key: string): void => {
    if (clock.nowMs() < atMs) return wait(message, atMs, key)
    timers.delete(key)
    bus.publish([message]).catch((error: unknown) => {
      log.error('delay.lost', { plane: message.ref.plane, uid: message.ref.uid, step: message.step, error })
    })
  }
  return {
    schedule: async (message, atMs, wanted) => {
      // Agents that never tried a step name their waits alike.
      const key = `${message.ref.uid} ${message.step} ${wanted}`
      if (!timers.has(key)) wait(message, atMs, key)
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
