import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { runSchedule } from './schedule.ts'

test('ten thousand random schedules end as their specs say', () => {
  const { status, stdout } = spawnSync(process.execPath, ['test/faults/soak.ts', '--schedules', '10000'], {
    encoding: 'utf8',
  })
  process.stdout.write(stdout)
  expect({ status, stdout }).toMatchObject({ status: 0 })
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
