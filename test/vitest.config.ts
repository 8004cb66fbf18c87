import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './summary-reporter.ts'

/** Every tier is a project of its own, so that each can be run alone: `npx vitest run --config test/vitest.config.ts --project pure`. */
export default defineConfig({
  test: {
    // Many tests make functions fail on purpose: what they print is of interest only when a test fails.
    silent: 'passed-only',
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        test: {
          name: 'pure',
          root: new URL('..', import.meta.url).pathname,
          include: [
            'test/{documents,functions,lifecycle,steps,engine,machine,openclaw,cli,commands,local,build}/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'faults',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'emulator',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/emulator/**/*.test.ts'],
          globalSetup: ['test/emulator/emulators.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
