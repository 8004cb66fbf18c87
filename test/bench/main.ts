import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { openBed } from './bed.ts'
import type { Bed, Bench, Figure } from './bench.ts'
import { faults } from './faults.ts'
import { fleet } from './fleet.ts'
import { gcpAgent } from './gcp-agent.ts'
import { gcpFleet } from './gcp-fleet.ts'
import { heartbeats } from './heartbeats.ts'
import { imports } from './imports.ts'
import { people } from './people.ts'
import { provision } from './provision.ts'
import { slack } from './slack.ts'
import { start } from './start.ts'
import { sweep } from './sweep.ts'

/** What needs a quiet machine comes before the emulators start. */
const BENCHES: readonly Bench[] = [
  imports,
  faults,
  gcpAgent,
  gcpFleet,
  start,
  provision,
  fleet,
  heartbeats,
  sweep,
  slack,
  people,
]

const WIDTHS = [62, 56, 12] as const

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join('  ')
    .trimEnd()

const line = ({ name, figure, target = '', ratio }: Figure): string =>
  row([name, figure, target, ratio === undefined ? '' : ratio.toFixed(2)])

const machine = (): string =>
  `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ` +
  `Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`

/** Runs one benchmark and prints its lines. False when it could not be run to its end. */
async function measure({ name, run }: Bench, bed: Bed): Promise<boolean> {
  try {
    for (const figure of await run(bed)) print(line(figure))
    return true
  } catch (error) {
    print(row([name, `failed: ${error instanceof Error ? error.message : String(error)}`]))
    return false
  }
}

async function main(wanted: string | undefined): Promise<number> {
  const chosen = BENCHES.filter(({ name }) => wanted === undefined || name === wanted)
  if (chosen.length === 0) {
    print(`There is no benchmark "${wanted}"; there are: ${BENCHES.map(({ name }) => name).join(', ')}`)
    return 1
  }
  print(machine())
  print(row(['what', 'figure', 'target', 'ratio']))
  const bed = openBed()
  let failed = 0
  try {
    for (const bench of chosen) if (!(await measure(bench, bed))) failed += 1
  } finally {
    await bed.stop()
  }
  return failed === 0 ? 0 : 1
}

process.exit(await main(process.argv[2]))
