import type { Lease } from '../documents/heartbeat.ts'
import type { Outcome, Stage } from '../documents/outcome.ts'
import type { Subject } from '../documents/subject.ts'
import type { Backend } from '../ports/backend.ts'
import type { Intent } from '../ports/intent.ts'

/** What a verb of a step works with. Each verb takes all it needs: none relies on another having run. */
export type Context<S extends Subject> = {
  readonly subject: S
  readonly intent: Intent
  readonly backend: Backend
  readonly nowMs: number
  /** Which try of the present effort this is, counted from 1. */
  readonly attempt: number
  /** The last verified heartbeat that was booked. */
  readonly lease: () => Promise<Lease | undefined>
}

/** One unit of provisioning. */
export type Step<S extends Subject> = {
  /** What is asked of the world, as data: equal data needs nothing done. Pure. */
  desired(subject: S): unknown
  /** Makes it so; idempotent. */
  apply(context: Context<S>): Promise<void>
  /** Reads back whether it is so. */
  verify(context: Context<S>): Promise<Outcome>
  /** Takes it away as far as `stage` and proves it. */
  remove(context: Context<S>, stage: Stage): Promise<Outcome>
}

/** Something of our name that is not ours: it is left alone, and somebody has to look. */
export const nameConflict = (what: string): Outcome => ({
  is: 'failed',
  reason: 'NameConflict',
  message: `${what} exists and is not managed by this plane; it was left untouched. Remove or rename it, then retry`,
})

/** A recorded id, or the empty text before there is one. */
export const idOf = (subject: Subject, step: string, field: string): string =>
  String(subject.resources[step]?.[field] ?? '')
