import type { Place } from '../documents/names.ts'

/** One line an agent's machine logged. */
export type LogLine = { readonly atMs: number; readonly severity: 'info' | 'warning' | 'error'; readonly text: string }

/** What an agent's machine logged. Lifecycle and gateway lines only; transcripts never leave the machine. */
export type Logs = {
  /** Lines after `sinceMs`, oldest first, at most `limit`. */
  read(place: Place, options: { readonly sinceMs: number; readonly limit: number }): Promise<readonly LogLine[]>
}
