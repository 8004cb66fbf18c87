import type { Reporter, TestModule } from 'vitest/node'

/** Closes a run with one line that people and scripts can read: `N passed, N failed, N skipped`. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1
      // A file that cannot be loaded has no tests to fail.
      if (module.errors().length > 0) counts.failed += 1
    }
    const notRun = counts.skipped + counts.pending
    process.on('exit', () =>
      process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${notRun} skipped\n`),
    )
  }
}
