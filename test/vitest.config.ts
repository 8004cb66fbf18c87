import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { SummaryReporter } from './summary-reporter.ts'

const root = new URL('..', import.meta.url).pathname

/**
 * One tier, run alone by `--project {name}`. Tiers follow one another, because what measures its own time wants the
 * machine; those of one order run side by side.
 */
const tier = (
  name: string,
  order: number,
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration => ({
  test: { name, root, include: [`test/${name}/**/*.test.ts`], sequence: { groupOrder: order }, ...test },
})

/** Left to itself, vitest keeps one core free, which of two is half. */
const ALL_CORES = '100%'

/** Where some files wait, for machines that boot and for emulators, another one may reckon. */
const ONE_MORE = availableParallelism() + 1

/**
 * What mostly waits, for machines to boot and for the sweep, beside what only reckons and knows no time of its own. Vitest
 * takes the projects of one order by name: the long files come first.
 */
const SIDE_BY_SIDE = { order: 3, maxWorkers: ONE_MORE }

const PURE = 'test/{documents,functions,lifecycle,steps,engine,openclaw,cli,commands,slack,local,build}/**/*.test.ts'

export default defineConfig({
  test: {
    // Many tests make functions fail on purpose: what they print is of interest only when a test fails.
    silent: 'passed-only',
    reporters: ['default', new SummaryReporter()],
    projects: [
      tier('pure', 1, {
        include: [PURE],
        testTimeout: 120_000,
        hookTimeout: 120_000,
        maxWorkers: ALL_CORES,
        isolate: false,
      }),
      tier('machine', 2, {
        testTimeout: 600_000,
        hookTimeout: 600_000,
        maxWorkers: ONE_MORE,
      }),
      tier('emulator', SIDE_BY_SIDE.order, {
        globalSetup: ['test/emulator/emulators.ts'],
        testTimeout: 180_000,
        hookTimeout: 180_000,
        maxWorkers: SIDE_BY_SIDE.maxWorkers,
      }),
      tier('e2e', SIDE_BY_SIDE.order, {
        testTimeout: 600_000,
        hookTimeout: 600_000,
        maxWorkers: SIDE_BY_SIDE.maxWorkers,
      }),
      tier('faults', SIDE_BY_SIDE.order, {
        testTimeout: 600_000,
        hookTimeout: 600_000,
        maxWorkers: SIDE_BY_SIDE.maxWorkers,
        isolate: false,
      }),
      tier('gcp', SIDE_BY_SIDE.order, {
        testTimeout: 600_000,
        hookTimeout: 600_000,
        maxWorkers: SIDE_BY_SIDE.maxWorkers,
        isolate: false,
      }),
    ],
  },
})
