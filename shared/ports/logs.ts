import type { Place } from '../documents/names.ts'

/** One line an agent's machine logged. */
export type LogLine = { readonly atMs: number; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }

/** What an agent's machine logged. Lifecycle and gateway lines only; transcripts never leave the machine. */
export type Logs = {
  /** Lines after `sinceMs`, oldest first: the first `limit` of them, or the last. */
  read(place: Place, options: ReadOptions): Promise<readonly LogLine[]>
}

type ReadOptions = { readonly sinceMs: number; readonly limit: number; readonly newest?: boolean }
