import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import { clean } from './clean.ts'
import { cancelled } from './exit.ts'
import type { Runtime } from './runtime.ts'

const PAUSE_MS = 1000

/** How long a call is made again, and how far the pauses between grow. */
export type Patience = { readonly forMs: number; readonly longestPauseMs: number }

/** For what is about to be so: it is asked for at one pace. */
export const lasting = (forMs: number): Patience => ({ forMs, longestPauseMs: PAUSE_MS })

const ENDLESS: Patience = { forMs: Infinity, longestPauseMs: 10_000 }

/** The plane may be out of reach for a moment while it works, or be asked too much. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof ApiError && (error.status >= 500 || error.status === 429))

/** Makes a call again, for half a minute if nothing else is said, as long as it fails with what passes by itself. */
export async function retry<T>(
  call: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { nowMs, sleep, signal }: Runtime,
  { forMs, longestPauseMs }: Patience = lasting(30_000),
): Promise<T> {
  const untilMs = nowMs() + forMs
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted) throw cancelled()
      if (!passes(error) || nowMs() >= untilMs) throw error
    }
    await sleep(pauseMs)
    if (signal.aborted) throw cancelled()
  }
}

/** Makes a call that has worked before until it works again, more and more seldom. An outage is told of once. */
export function outlast<T>(call: () => Promise<T>, runtime: Runtime): Promise<T> {
  let isTold = false
  const passes = (error: unknown): boolean => {
    if (!(error instanceof Error) || !isOutage(error)) return false
    if (!isTold) runtime.terminal.err.line(`${clean(error.message)} It is tried again until Ctrl-C.`)
    isTold = true
    return true
  }
  return retry(call, passes, runtime, ENDLESS)
}
