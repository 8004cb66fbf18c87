import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { readText } from '../../../shared/process/files.ts'
import { FIELDS, SENT_UNITS, parseJournalLine } from './journal-line.ts'
import type { JournalLine } from './journal-line.ts'

/** Where reading begins, and what reads. */
export type JournalReading = {
  /** Left out: at the beginning of what this machine keeps. */
  readonly after?: string | undefined
  readonly signal: AbortSignal
  /** What is run as `journalctl`. */
  readonly program?: string
}

/**
 * Lines that may leave the machine, as they come. Nothing is read ahead of who takes them by more than a pipe holds, so
 * the journal itself keeps what cannot be sent yet.
 * https://www.freedesktop.org/software/systemd/man/latest/journalctl.html
 * @throws when reading ends although nobody asked for that
 */
export async function* followJournal({
  after,
  signal,
  program = 'journalctl',
}: JournalReading): AsyncGenerator<JournalLine> {
  const from = after === undefined ? [] : [`--after-cursor=${after}`]
  const units = SENT_UNITS.map((unit) => `--unit=${unit}.service`)
  const fields = `--output-fields=${FIELDS.join(',')}`
  // Merged, because whoever follows is shown this boot only otherwise, and the last words of the one before are wanted, too.
  const args = ['--quiet', '--follow', '--merge', '--no-tail', '--output=json', fields, ...from, ...units]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], signal })
  const ended = once(child, 'close').then(
    ([code]) => `ended with ${String(code)}`,
    (error: unknown) => `cannot be run: ${String(error)}`,
  )
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = parseJournalLine(line)
    if (parsed !== undefined) yield parsed
  }
  const reason = await ended
  if (!signal.aborted) throw new Error(`journalctl ${reason}`)
}

const CURSOR = /^s=[0-9a-f]+(?:;[a-z]=[0-9a-f]+)+$/

/** How far the journal was sent before; undefined when nobody knows, or what is written there is no place in a journal. */
export async function readCursor(path: string): Promise<string | undefined> {
  const cursor = (await readText(path))?.trim() ?? ''
  return CURSOR.test(cursor) ? cursor : undefined
}
