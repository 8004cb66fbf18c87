import { backoffMs, pause } from '../backoff.ts'
import { messageOf } from '../message-of.ts'
import type { WriteLines } from './cloud-logging.ts'
import type { Journal } from './journal.ts'
import type { JournalLine } from './journal-line.ts'
import { batches, paced } from './pace.ts'
import type { Pace } from './pace.ts'
import { Refused } from './refused.ts'

/** What sending logs takes. */
export type LogShipping = {
  readonly lines: AsyncIterable<JournalLine>
  readonly write: WriteLines
  /** Remembers how far it got. */
  readonly keepCursor: (cursor: string) => Promise<void>
  readonly journal: Journal
  readonly signal: AbortSignal
  readonly pace?: Pace
  readonly waitMs?: number
  /** The longest pause between two tries. */
  readonly mostPauseMs?: number
}

const PACE: Pace = { most: 300, windowMs: 60_000 }
const MOST_ITEMS = 100
const MOST_BYTES = 256 * 1024
/** What a line takes beside its text, amply. */
const FRAME_BYTES = 256

/** Sends lines until they end: in order, each until it was taken, and never more than the pace allows. */
export async function shipLogs({ lines, pace = PACE, waitMs = 2_000, ...shipping }: LogShipping): Promise<void> {
  const limits = { mostItems: MOST_ITEMS, mostBytes: MOST_BYTES, bytesOf, waitMs }
  for await (const batch of batches(paced(lines, pace, droppedLine), limits)) await deliver(batch, shipping)
}

type Delivery = Omit<LogShipping, 'lines' | 'pace' | 'waitMs'>

async function deliver(batch: readonly JournalLine[], delivery: Delivery): Promise<void> {
  const { write, keepCursor, journal, signal, mostPauseMs = 300_000 } = delivery
  let failures = 0
  while (!signal.aborted) {
    try {
      await write(batch)
      return await keepCursor(batch.at(-1)?.cursor ?? '')
    } catch (error) {
      failures += 1
      if (failures === 1) journal.warn(`logs are not sent: ${messageOf(error)}`)
      // Lines that are never taken must not keep back all that follow.
      if (error instanceof Refused) return
      await pause(backoffMs(failures, Math.random, mostPauseMs), signal)
    }
  }
}

const bytesOf = ({ text }: JournalLine): number => Buffer.byteLength(JSON.stringify(text)) + FRAME_BYTES

const droppedLine = (dropped: number, { cursor, at }: JournalLine): JournalLine => ({
  cursor,
  at,
  severity: 'WARNING',
  text: `[logs] ${dropped} ${dropped === 1 ? 'line was' : 'lines were'} left out: there were too many within a minute`,
})
