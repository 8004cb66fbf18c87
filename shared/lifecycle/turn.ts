import { fractionOf } from './fraction.ts'

const MINUTE_MS = 60_000

/**
 * Whether it is somebody's turn in this minute, when so many may have theirs in each. Everybody comes up once in as many
 * minutes as it takes; their number is odd, so that whoever looks only every other minute meets everybody, too.
 */
export function isTurnOf(uid: string, { of, perMinute }: { of: number; perMinute: number }, nowMs: number): boolean {
  const turns = Math.ceil(of / perMinute) | 1
  return Math.floor(nowMs / MINUTE_MS) % turns === Math.floor(fractionOf(uid) * turns)
}
