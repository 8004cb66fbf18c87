import type { Reported } from '../documents/outcome.ts'
import { inWords } from '../ports/errors.ts'

/** What cannot be read is unknown, and says why in words that stay the same from sweep to sweep. */
export const unreadable = (error: unknown): Reported => ({
  status: 'Unknown',
  reason: 'Unreadable',
  message: `it could not be read: ${inWords(error)}`,
})
