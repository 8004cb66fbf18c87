import { setTimeout as delay } from 'node:timers/promises'

/** How long to wait after so many failures in a row, in milliseconds: 1, 2, 4, … seconds, with jitter, up to a limit. */
export const backoffMs = (failures: number, random: () => number, limitMs = 15_000): number =>
  Math.round(Math.min(limitMs, 1_000 * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2))

/** Waits; returns early, without error, when `signal` is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined)
