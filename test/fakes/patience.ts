/**
 * How long a test waits for what other processes have to bring about: many times what it takes, because a machine that tests
 * a lot at once is slow, and a wait that is not in vain costs nothing.
 */
export const PATIENCE_MS = 120_000

/** The same for `vi.waitFor`, `vi.waitUntil` and `expect.poll`. */
export const PATIENT = { timeout: PATIENCE_MS, interval: 20 } as const
