import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { runSchedule } from './schedule.ts'

/** A share of the seeds: every `stride`th from `first` on. */
type Share = { readonly first: number; readonly stride: number; readonly end: number }

/** What a share came to. */
type Sum = { readonly events: number; readonly failures: readonly string[] }

/** Enough to see what is wrong. */
const MAX_FAILURES = 10

async function work({ first, stride, end }: Share): Promise<Sum> {
  const failures: string[] = []
  let events = 0
  for (let seed = first; seed < end && failures.length < MAX_FAILURES; seed += stride) {
    const result = await runSchedule(seed)
    events += result.events
    if (result.violation !== undefined)
      failures.push(`seed ${seed}: ${result.violation}\n  replay: npm run soak -- --schedules 1 --seed ${seed}`)
  }
  return { events, failures }
}

const inThread = (share: Share): Promise<Sum> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    worker.once('message', resolve).once('error', reject)
  })

/** One schedule with its trace: what a failing seed is replayed by. */
async function replay(seed: number): Promise<void> {
  const { trace = [], violation, events } = await runSchedule(seed, true)
  process.stdout.write(`${trace.join('\n')}\n${violation ?? 'no violation'} (${events} events)\n`)
  process.exitCode = violation === undefined ? 0 : 1
}

async function soak(first: number, count: number): Promise<void> {
  const stride = availableParallelism()
  const startedMs = performance.now()
  const shares = Array.from({ length: stride }, (_, i) => ({ first: first + i, stride, end: first + count }))
  const sums = await Promise.all(shares.map(inThread))
  const seconds = (performance.now() - startedMs) / 1000
  const events = sums.reduce((total, sum) => total + sum.events, 0)
  const failures = sums.flatMap((sum) => sum.failures)
  for (const failure of failures) process.stdout.write(`${failure}\n`)
  const figures = `${(count / seconds).toFixed(0)} schedules/s, ${((seconds * stride * 1e6) / events).toFixed(1)} µs per event and core`
  process.stdout.write(
    `${count} schedules from seed ${first}, ${events} events in ${seconds.toFixed(1)} s: ${figures}, ${failures.length} failed\n`,
  )
  process.exitCode = failures.length === 0 ? 0 : 1
}

if (isMainThread) {
  const { values } = parseArgs({
    options: { schedules: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  })
  const [count, first] = [Number(values.schedules), Number(values.seed)]
  await (count === 1 ? replay(first) : soak(first, count))
} else parentPort?.postMessage(await work(workerData as Share))
