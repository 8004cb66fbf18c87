import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { openBed } from './bed.ts'
import { isMissed } from './bench.ts'
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

function line(measured: Figure): string {
  const { name, figure, target = '', ratio } = measured
  const verdict = [...(ratio === undefined ? [] : [ratio.toFixed(2)]), ...(isMissed(measured) ? ['missed'] : [])]
  return row([name, figure, target, verdict.join(' ')])
}

const machine = (): string =>
  `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ` +
  `Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`

/** Runs one benchmark and prints its lines. Undefined when it could not be run to its end. */
async function measure({ name, run }: Bench, bed: Bed): Promise<readonly Figure[] | undefined> {
  try {
    const figures = await run(bed)
    for (const figure of figures) print(line(figure))
    return figures
  } catch (error) {
    print(row([name, `failed: ${error instanceof Error ? error.message : String(error)}`]))
    return undefined
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
  const measured: (readonly Figure[] | undefined)[] = []
  try {
    for (const bench of chosen) measured.push(await measure(bench, bed))
  } finally {
    await bed.stop()
  }
  const missed = measured.flatMap((figures = []) => figures.filter(isMissed))
  print(`Targets missed: ${missed.length === 0 ? 'none' : missed.map(({ name }) => name).join('; ')}`)
  // What could not be measured is a failure; how fast this computer is, is none.
  return measured.includes(undefined) ? 1 : 0
}

process.exit(await main(process.argv[2]))
