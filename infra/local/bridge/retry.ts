/** How often, and after which pauses, a failed delivery is tried again. */
export type RetryPolicy = { readonly attempts: number; readonly baseMs: number; readonly capMs: number }

/** As Eventarc's subscriptions are set up in production: five attempts, then the dead-letter topic. */
export const productionRetries: RetryPolicy = { attempts: 5, baseMs: 1_000, capMs: 60_000 }

/** The pause after a failed attempt (1, 2, …), in milliseconds: doubling, with the upper half left to `random`. */
export function backoffMs(attempt: number, { baseMs, capMs }: RetryPolicy, random: () => number): number {
  return Math.min(capMs, baseMs * 2 ** (attempt - 1)) * (0.5 + random() / 2)
}
