import type { Phase } from '../documents/status.ts'

/** Phases of what is no more: they are true whatever is wanted meanwhile. */
export const GONE: readonly Phase[] = ['Removed', 'Purged']

/** A step that failed, and since when, in whatever way the asker writes times. */
type Failure = { readonly name: string; readonly since?: string | number | undefined }

/** What somebody waits for: the phases that end it, and the failures from before, which say nothing until they happen again. */
export type Awaited = { readonly ends: readonly Phase[]; readonly old: readonly string[] }

/** What is seen of it, and whether all that is wanted of it has been acted upon. */
export type Seen<F extends Failure> = {
  readonly phase: Phase
  readonly isObserved: boolean
  readonly failures: readonly F[]
}

/** What has become of it. Without a `failure` it failed for another reason than a step. */
export type Result<F> = { readonly is: 'reached' | 'pending' } | { readonly is: 'failed'; readonly failure?: F }

/**
 * What has become of what somebody waits for. A phase proves nothing of a wish that nobody has acted upon yet. What worked
 * before is not Failed but Degraded when a step of it fails, and may be Degraded without any.
 */
export function resultOf<F extends Failure>(
  { ends, old }: Awaited,
  { phase, isObserved, failures }: Seen<F>,
): Result<F> {
  if (ends.includes(phase) && (isObserved || GONE.includes(phase))) return { is: 'reached' }
  if (phase !== 'Failed' && phase !== 'Degraded') return { is: 'pending' }
  const failure = failures.find((failed) => !old.includes(failureOf(failed)))
  if (failure !== undefined) return { is: 'failed', failure }
  return { is: phase === 'Failed' && failures.length === 0 ? 'failed' : 'pending' }
}

/** One failure of one step, to tell it from the next. */
export const failureOf = ({ name, since = '' }: Failure): string => `${name} ${since}`
