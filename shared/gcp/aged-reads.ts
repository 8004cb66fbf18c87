import type { Clock } from '../ports/clock.ts'
import { ProviderError } from '../ports/errors.ts'

/** How old an answer may be, and how many a minute may be asked for. */
export type Ages = {
  /** Until then nothing is read again. */
  readonly freshForMs: number
  /** Until then an answer still serves when no other can be had now. */
  readonly usableForMs: number
  readonly mostPerMinute: number
}

/** Reads what `key` names, or remembers it. @throws ProviderError RateLimited when it has to wait for the next minute */
export type AgedReads = <T>(key: string, read: () => Promise<T>) => Promise<T>

const MINUTE_MS = 60_000

/** A memory of answers for what may be read a few times a minute only. One kind of answer per key. */
export function agedReads(clock: Clock, { freshForMs, usableForMs, mostPerMinute }: Ages): AgedReads {
  const answers = new Map<string, { readonly atMs: number; readonly value: unknown }>()
  let asked: readonly number[] = []
  return async <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const nowMs = clock.nowMs()
    const known = answers.get(key)
    const ageMs = known === undefined ? Infinity : nowMs - known.atMs
    if (known !== undefined && ageMs < freshForMs) return known.value as T
    asked = asked.filter((atMs) => nowMs - atMs < MINUTE_MS)
    if (asked.length >= mostPerMinute) {
      if (known !== undefined && ageMs < usableForMs) return known.value as T
      throw new ProviderError(
        'RateLimited',
        `no more than ${mostPerMinute} of these may be read a minute; it comes next`,
      )
    }
    asked = [...asked, nowMs]
    const value = await read()
    answers.set(key, { atMs: nowMs, value })
    return value
  }
}
