/** Bounds how many pieces of work run at once. Whoever waits is served in order. */
export type Slots = { run<T>(work: () => Promise<T>): Promise<T> }

/** At most `limit` at once. */
export function slots(limit: number): Slots {
  let free = limit
  const waiting: (() => void)[] = []
  const enter = (): Promise<void> | undefined => {
    if (free > 0) {
      free -= 1
      return undefined
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return {
    run: async (work) => {
      await enter()
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
