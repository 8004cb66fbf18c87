import type { Trigger } from '../../functions/triggers.ts'
import type { Log } from '../../shared/ports/log.ts'
import type { HttpEvent } from './bridge/cloud-event.ts'

/** Calls functions by the clock, as Cloud Scheduler does. */
export type Schedule = {
  /** Lets a run that is under way end within a second, and starts none. */
  stop(): Promise<void>
}

/** What a schedule needs. */
export type ScheduleOptions = {
  readonly triggers: readonly Trigger[]
  readonly invoke: (functionName: string, event: HttpEvent, signal: AbortSignal) => Promise<number>
  readonly everyMs: number
  readonly log: Log
}

const EVERY_MINUTE = '* * * * *'

const NOTHING: HttpEvent = { headers: { 'content-type': 'application/json' }, body: new TextEncoder().encode('{}') }

const STOP_WITHIN_MS = 1_000

/** Calls every scheduled function now and then every `everyMs`. While a run lasts, no other of that function begins. */
export function startSchedule({ triggers, invoke, everyMs, log }: ScheduleOptions): Schedule {
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()
  const scheduled = triggers.filter((trigger) => trigger.kind === 'schedule')
  for (const { name, cron } of scheduled) {
    if (cron !== EVERY_MINUTE)
      throw new Error(`${name} wants "${cron}"; the local schedule knows "${EVERY_MINUTE}" only`)
  }
  const tick = (): void => {
    for (const { name } of scheduled) {
      if (running.has(name)) continue
      const run = call(name).finally(() => running.delete(name))
      running.set(name, run)
    }
  }
  const call = async (name: string): Promise<void> => {
    try {
      const status = await invoke(name, NOTHING, stopping.signal)
      if (status >= 300) log.error('schedule.failed', { step: name, reason: `HTTP ${status}` })
    } catch (error) {
      if (!stopping.signal.aborted) log.error('schedule.failed', { step: name, error })
    }
  }
  const timer = setInterval(tick, everyMs)
  tick()
  return {
    stop: async () => {
      clearInterval(timer)
      const abort = setTimeout(() => stopping.abort(), STOP_WITHIN_MS)
      await Promise.all(running.values())
      clearTimeout(abort)
    },
  }
}
