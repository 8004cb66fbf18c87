import { expect, onTestFinished, test, vi } from 'vitest'
import { startSchedule } from '../../infra/local/schedule.ts'
import type { Trigger } from '../../functions/triggers.ts'
import { recordingLog } from '../fakes/log.ts'

const sweep: Trigger = { name: 'sweep', kind: 'schedule', cron: '* * * * *' }

function scheduled(invoke: (name: string, signal: AbortSignal) => Promise<number>) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { log, lines } = recordingLog()
  const others: Trigger[] = [{ name: 'api', kind: 'http', path: '/api' }]
  const schedule = startSchedule({
    triggers: [sweep, ...others],
    invoke: (name, _, signal) => invoke(name, signal),
    everyMs: 60_000,
    log,
  })
  return { schedule, lines }
}

test('scheduled functions are called now and then every minute', async () => {
  const called: string[] = []
  const { schedule } = scheduled(async (name) => called.push(name) && 204)
  await vi.advanceTimersByTimeAsync(0)
  expect(called).toEqual(['sweep'])
  await vi.advanceTimersByTimeAsync(120_000)
  expect(called).toEqual(['sweep', 'sweep', 'sweep'])
  await schedule.stop()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(called).toHaveLength(3)
})

test('a run that lasts is not joined by another', async () => {
  const ends: (() => void)[] = []
  scheduled(() => new Promise((resolve) => ends.push(() => resolve(204))))
  await vi.advanceTimersByTimeAsync(180_000)
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ends).toHaveLength(2)
})

test('a run that fails is told of and followed by another', async () => {
  const answers: (() => Promise<number>)[] = [async () => 500, () => Promise.reject(new Error('gone')), async () => 204]
  const { lines } = scheduled(() => answers.shift()?.() ?? Promise.resolve(204))
  await vi.advanceTimersByTimeAsync(180_000)
  expect(lines).toEqual(['error schedule.failed HTTP 500', 'error schedule.failed'])
})

test('stopping aborts a run that does not end within a second', async () => {
  const { schedule, lines } = scheduled(
    (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  const stopped = schedule.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  await stopped
  expect(lines).toEqual([])
})

test('another rhythm than every minute is refused at the start', () => {
  const { log } = recordingLog()
  const triggers: Trigger[] = [{ name: 'nightly', kind: 'schedule', cron: '0 3 * * *' }]
  expect(() => startSchedule({ triggers, invoke: async () => 204, everyMs: 1, log })).toThrow(/nightly wants "0 3/)
})
