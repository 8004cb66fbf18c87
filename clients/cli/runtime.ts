import type { ApiClient } from '../../shared/api/client.ts'
import type { Terminal } from './terminal.ts'

/** All that a verb works with. */
export type Runtime = {
  readonly api: ApiClient
  readonly terminal: Terminal
  readonly nowMs: () => number
  /** Resolves after a while, or at once when the person has had enough. */
  readonly sleep: (ms: number) => Promise<void>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}
