import { randomBytes } from 'node:crypto'
import type { Ids } from '../ports/clock.ts'

const LOWER = 'abcdefghijklmnopqrstuvwxyz234567'
/** https://github.com/ulid/spec: Crockford's alphabet, whose order is that of the text. */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Names nobody used before: 80 random bits each. */
export const randomIds: Ids = { next: () => randomText(LOWER) }

/** An id that sorts by time: 48 bits of it, then 80 random ones. */
export function ulid(nowMs: number): string {
  const digit = (place: number): string => CROCKFORD.charAt(Math.floor(nowMs / 32 ** place) % 32)
  return [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(digit).join('') + randomText(CROCKFORD)
}

const randomText = (alphabet: string): string => [...randomBytes(16)].map((byte) => alphabet.charAt(byte % 32)).join('')
