import type { ApiClient } from '../../shared/api/client.ts'
import type { RunProgram } from './run-program.ts'
import type { Terminal } from './terminal.ts'

/** What it takes to ask a plane something, and to wait for what becomes of it. */
export type Watching = {
  readonly api: ApiClient
  readonly terminal: Terminal
  readonly nowMs: () => number
  /** Resolves after a while, or at once when the person has had enough. */
  readonly sleep: (ms: number) => Promise<void>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** All that a verb works with. */
export type Runtime = Watching & {
  /** The same API under another key: for what a command line asks for besides its first wish, which is one more wish. */
  readonly next: ApiClient
  readonly runProgram: RunProgram
}
