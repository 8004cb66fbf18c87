import { defineConfig } from 'vitest/config'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { SummaryReporter } from './summary-reporter.ts'

const root = new URL('..', import.meta.url).pathname

/** One tier, run alone by `--project {name}`. Tiers follow one another: what measures its own time wants the machine. */
const tier = (
  name: string,
  order: number,
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration => ({
  test: { name, root, include: [`test/${name}/**/*.test.ts`], sequence: { groupOrder: order }, ...test },
})

/** Left to itself, vitest keeps one core free, which of two is half. */
const ALL_CORES = '100%'

const PURE = 'test/{documents,functions,lifecycle,steps,engine,openclaw,cli,commands,slack,local,build}/**/*.test.ts'

export default defineConfig({
  test: {
    // Many tests make functions fail on purpose: what they print is of interest only when a test fails.
    silent: 'passed-only',
    reporters: ['default', new SummaryReporter()],
    projects: [
      tier('pure', 1, { include: [PURE], testTimeout: 30_000, maxWorkers: ALL_CORES, isolate: false }),
      tier('faults', 2, { testTimeout: 600_000, maxWorkers: ALL_CORES }),
      tier('machine', 3, { testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: ALL_CORES }),
      tier('gcp', 4, { testTimeout: 60_000, maxWorkers: ALL_CORES, isolate: false }),
      tier('emulator', 5, {
        globalSetup: ['test/emulator/emulators.ts'],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        maxWorkers: ALL_CORES,
      }),
      // Mostly they wait: for machines to boot, and for the sweep.
      tier('e2e', 6, { testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: ALL_CORES }),
    ],
  },
})
