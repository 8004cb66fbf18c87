import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runSchedule } from './schedule.ts'

/** A bound for what hangs, not for what is slow: a busy machine takes its time. */
const HOUR_MS = 3_600_000

test('ten thousand random schedules end as their specs say', { timeout: HOUR_MS }, async () => {
  const soak = promisify(execFile)(process.execPath, ['test/faults/soak.ts', '--schedules', '10000'])
  const stdout = await soak.then(
    (ended) => ended.stdout,
    (error: Error & { readonly stdout?: string }) => error.stdout ?? error.message,
  )
  process.stdout.write(stdout)
  expect(stdout).toMatch(/, 0 failed\n$/)
})

test('the same seed gives the same trace', async () => {
  for (const seed of [7, 20, 4711]) {
    const { trace, ...first } = await tracedRun(seed)
    expect(await tracedRun(seed)).toEqual({ trace, ...first })
    expect(trace.length).toBeGreaterThan(100)
  }
})

async function tracedRun(seed: number): Promise<{ readonly trace: readonly string[]; readonly events: number }> {
  const { events, trace = [], violation } = await runSchedule(seed, true)
  expect(violation).toBeUndefined()
  return { trace, events }
}
