import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import { cancelled } from './exit.ts'
import type { Runtime } from './runtime.ts'

const PATIENCE_MS = 30_000
const PAUSE_MS = 1000

/** The plane may be out of reach for a moment while it works, or be asked too much. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof ApiError && (error.status >= 500 || error.status === 429))

/** Makes a call again, for half a minute, as long as it fails with what passes by itself. */
export async function retry<T>(
  call: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { nowMs, sleep, signal }: Runtime,
): Promise<T> {
  const untilMs = nowMs() + PATIENCE_MS
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!passes(error) || nowMs() >= untilMs) throw error
    }
    await sleep(PAUSE_MS)
    if (signal.aborted) throw cancelled()
  }
}
