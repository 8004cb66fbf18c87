import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import { clean } from './clean.ts'
import { formatDuration } from './duration.ts'
import { cancelled } from './exit.ts'
import type { Watching } from './runtime.ts'

const PAUSE_MS = 1000

/** How long a call is made again, and how far the pauses between grow. */
export type Patience = { readonly forMs: number; readonly longestPauseMs: number }

/** For what is about to be so: it is asked for at one pace. */
export const lasting = (forMs: number): Patience => ({ forMs, longestPauseMs: PAUSE_MS })

const LONGEST_PAUSE_MS = 10_000

/** The plane may be out of reach for a moment while it works, or be asked too much. */
export const isOutage = (error: unknown): error is ApiError | Unreachable =>
  error instanceof Unreachable || (error instanceof ApiError && (error.status >= 500 || error.status === 429))

/** Makes a call again, for as long as it is given, while it fails with what passes by itself. */
export async function retry<T>(
  call: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { nowMs, sleep, signal }: Watching,
  { forMs, longestPauseMs }: Patience,
): Promise<T> {
  const untilMs = nowMs() + forMs
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted) throw cancelled()
      if (nowMs() >= untilMs || !passes(error)) throw error
    }
    await sleep(Math.min(pauseMs, untilMs - nowMs()))
    if (signal.aborted) throw cancelled()
  }
}

/** Makes a call that has worked before until it works again, more and more seldom. An outage is told of once. */
export function outlast<T>(call: () => Promise<T>, runtime: Watching, forMs = Infinity): Promise<T> {
  const end = forMs === Infinity ? 'until Ctrl-C' : `for ${formatDuration(forMs)}`
  let isTold = false
  const passes = (error: unknown): boolean => {
    if (!isOutage(error)) return false
    if (!isTold) runtime.terminal.err.line(`${clean(error.message)} It is tried again ${end}.`)
    isTold = true
    return true
  }
  return retry(call, passes, runtime, { forMs, longestPauseMs: LONGEST_PAUSE_MS })
}
