import { setTimeout as delay } from 'node:timers/promises'

/** How many may pass, and in which time. */
export type Pace = { readonly most: number; readonly windowMs: number }

/**
 * Lets so many pass in each window of time. The rest is dropped; once the window is over, `notice` stands for it, made
 * of the last that was dropped.
 */
export async function* paced<T>(
  source: AsyncIterable<T>,
  { most, windowMs }: Pace,
  notice: (dropped: number, last: T) => T,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let next = iterator.next()
  let window = openWindow<T>(windowMs)
  for (;;) {
    const found = window.over === undefined ? await next : await Promise.race([next, window.over])
    if (found === OVER || found.done === true || performance.now() >= window.endsAtMs) {
      if (window.last !== undefined) yield notice(window.dropped, window.last)
      window = openWindow(windowMs)
    }
    if (found === OVER) continue
    if (found.done === true) return
    next = iterator.next()
    if (window.passed < most) {
      window = { ...window, passed: window.passed + 1 }
      yield found.value
    } else window = { ...window, dropped: window.dropped + 1, last: found.value, over: window.over ?? overOf(window) }
  }
}

const OVER = Symbol('over')

type Window<T> = {
  readonly endsAtMs: number
  readonly passed: number
  readonly dropped: number
  readonly last?: T
  /** Waited for only once something was dropped. */
  readonly over?: Promise<typeof OVER>
}

const openWindow = <T>(windowMs: number): Window<T> => ({
  endsAtMs: performance.now() + windowMs,
  passed: 0,
  dropped: 0,
})

const overOf = ({ endsAtMs }: Window<unknown>): Promise<typeof OVER> =>
  delay(Math.max(0, endsAtMs - performance.now()), OVER, { ref: false })

/** What fits together. */
export type BatchLimits<T> = {
  readonly mostItems: number
  readonly mostBytes: number
  readonly bytesOf: (item: T) => number
  /** How long the first waits for company. */
  readonly waitMs: number
}

/** Groups what comes: in order, nothing twice, and never an empty group. */
export async function* batches<T>(
  source: AsyncIterable<T>,
  { mostItems, mostBytes, bytesOf, waitMs }: BatchLimits<T>,
): AsyncGenerator<readonly T[]> {
  const iterator = source[Symbol.asyncIterator]()
  let next = iterator.next()
  for (;;) {
    const first = await next
    if (first.done === true) return
    next = iterator.next()
    const batch = [first.value]
    let bytes = bytesOf(first.value)
    const waited = delay(waitMs, OVER)
    while (batch.length < mostItems) {
      const more = await Promise.race([next, waited])
      if (more === OVER || more.done === true || bytes + bytesOf(more.value) > mostBytes) break
      batch.push(more.value)
      bytes += bytesOf(more.value)
      next = iterator.next()
    }
    yield batch
  }
}
