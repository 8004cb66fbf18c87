/** Time as the simulation sees it. `sleep` ends when this clock, not the computer's, has passed that many milliseconds. */
export type Clock = {
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/** The computer's own clock. */
export const realClock = (): Clock => ({
  nowMs: () => Date.now(),
  sleep: (ms) => (ms <= 0 ? Promise.resolve() : new Promise((wake) => setTimeout(wake, ms))),
})

export type VirtualClock = Clock & {
  readonly advance: (ms: number) => void
  /** How many wait for it to be advanced. */
  readonly sleeping: () => number
}

/** A clock that stands still until it is advanced; whoever sleeps wakes in order of time. */
export function virtualClock(startMs: number): VirtualClock {
  let nowMs = startMs
  let sleepers: readonly { readonly atMs: number; readonly wake: () => void }[] = []
  return {
    nowMs: () => nowMs,
    sleep: (ms) =>
      ms <= 0
        ? Promise.resolve()
        : new Promise((wake) => {
            sleepers = [...sleepers, { atMs: nowMs + ms, wake }].toSorted((a, b) => a.atMs - b.atMs)
          }),
    sleeping: () => sleepers.length,
    advance: (ms) => {
      nowMs += ms
      const due = sleepers.filter((sleeper) => sleeper.atMs <= nowMs)
      sleepers = sleepers.filter((sleeper) => sleeper.atMs > nowMs)
      for (const { wake } of due) wake()
    },
  }
}

/** A moment as Compute Engine writes it. */
export const computeTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '-00:00')

/** A moment as the other APIs write it. */
export const time = (ms: number): string => new Date(ms).toISOString()
