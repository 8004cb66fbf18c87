import type { Reported } from '../documents/outcome.ts'
import { ProviderError } from '../ports/errors.ts'

/** What cannot be read is unknown, and says why in words that stay the same from sweep to sweep. */
export const unreadable = (error: unknown): Reported => ({
  status: 'Unknown',
  reason: 'Unreadable',
  message: `it could not be read: ${inWords(error)}`,
})

/** An error in words that do not change while nothing else does. */
export function inWords(error: unknown): string {
  if (!(error instanceof ProviderError)) return 'unexpected error'
  return error.kind === 'Denied' || error.kind === 'Invalid' ? error.message : `the provider answered ${error.kind}`
}
