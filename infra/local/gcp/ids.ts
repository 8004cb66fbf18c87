import { createHash } from 'node:crypto'
import type { Json } from './json.ts'

/** A number in [0, 1), from outside, so that a run can be repeated. */
export type Random = () => number

/** Identifiers as Google makes them; never the same twice. */
export type Ids = {
  /** A resource id: 19 digits as text. */
  readonly numeric: () => string
  /** A service account's unique id: 21 digits. */
  readonly unique: () => string
  readonly operation: (nowMs: number) => string
  /** A policy's or resource's next etag. */
  readonly etag: () => string
}

export function ids(random: Random): Ids {
  let made = 0
  const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(random() * 10)).join('')
  // The counter makes ids unique whatever the randomness; the random digits keep anybody from relying on their order.
  const serial = (): string => String((made += 1)).padStart(9, '0')
  return {
    numeric: () => `${1 + Math.floor(random() * 8)}${digits(9)}${serial()}`,
    unique: () => `1${digits(11)}${serial()}`,
    operation: (nowMs) => `operation-${nowMs}-${digits(13)}-${serial()}-${digits(8)}`,
    etag: () => Buffer.from(`${serial()}${digits(3)}`.slice(-8)).toString('base64'),
  }
}

/** A pseudo-random sequence (mulberry32) for runs that must repeat. */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The fingerprint of some content: the same for the same content, as Compute Engine's are. */
export const fingerprint = (content: Json | undefined): string =>
  createHash('sha256')
    .update(JSON.stringify(content ?? null))
    .digest()
    .subarray(0, 8)
    .toString('base64')
