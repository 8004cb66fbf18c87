/** So often the event loop turns as well: what hangs can be ended by its test's timeout. */
const TURN_EVERY = 1024

let breaths = 0

/**
 * Lets every microtask run that is ready: Node calls a tick when none is left. A turn of the event loop does the same, and
 * asks the system for news besides, which takes longer than most events do.
 * https://nodejs.org/api/process.html#when-to-use-queuemicrotask-vs-processnexttick
 */
export const breathe = (): Promise<void> => {
  breaths += 1
  return new Promise((resolve) => (breaths % TURN_EVERY === 0 ? setImmediate(resolve) : process.nextTick(resolve)))
}
