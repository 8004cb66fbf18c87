import type { Outcome } from '../documents/outcome.ts'
import { failed, waiting } from '../documents/outcome.ts'
import { LeaseExpired, ProviderError } from '../ports/errors.ts'

/** How soon to try again, by what went wrong; what is not here backs off by attempt. */
const RETRY_AFTER_MS = { QuotaExceeded: 120_000, Stockout: 60_000, Denied: 20_000 } as const

/**
 * What an exception of an attempt means for its step. Undefined when the attempt is over and has no say any more.
 * Everything is retried until the step's deadline, save what can never succeed.
 */
export function outcomeOf(error: unknown): Outcome | undefined {
  if (error instanceof LeaseExpired) return undefined
  if (!(error instanceof ProviderError)) return waiting('InternalError', messageOf(error))
  const { kind, message } = error
  if (kind === 'Invalid') return failed('Invalid', message)
  return waiting(
    kind,
    message,
    kind in RETRY_AFTER_MS ? RETRY_AFTER_MS[kind as keyof typeof RETRY_AFTER_MS] : undefined,
  )
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unexpected error')
