import { runSchedule } from '../faults/schedule.ts'
import type { Bench } from './bench.ts'

const WARM_UP = 20
const SCHEDULES = 200
const EVENT_US = 5

/** Random schedules of the fault harness, on one core. */
export const faults: Bench = {
  name: 'faults',
  run: async () => {
    for (let seed = 1; seed <= WARM_UP; seed++) await runSchedule(seed)
    let events = 0
    const startMs = performance.now()
    for (let seed = 1; seed <= SCHEDULES; seed++) events += (await runSchedule(seed)).events
    const ms = performance.now() - startMs
    const eventUs = (ms * 1000) / events
    return [
      { name: 'fault harness, one core', figure: `${((SCHEDULES * 1000) / ms).toFixed(0)} schedules/s` },
      {
        name: 'fault harness, per event',
        figure: `${eventUs.toFixed(1)} µs`,
        target: `≤ ${EVENT_US} µs`,
        ratio: eventUs / EVENT_US,
      },
    ]
  },
}
