import type { PriceList } from '../documents/prices.ts'
import { ratesOf } from './cost.ts'
import type { Costly } from './cost.ts'

/** What is on record of an agent's time. Stops before the last one are not. */
export type Times = {
  readonly nowMs: number
  readonly createdAtMs: number
  /** Since when its machine stands still or is gone; absent while it runs. */
  readonly stillSinceMs?: number | undefined
}

/** An estimate in US dollars, to the cent, and what it takes for granted. */
export type SoFar = { readonly usd: number; readonly since: string; readonly assumption: string }

const HOUR_MS = 3_600_000

/**
 * What an agent has come to in the present calendar month of UTC, or since it was made in it: as if its machine had run
 * until the last time that it was stopped. Undefined where a price is not known.
 */
export function costSoFar(prices: PriceList, costly: Costly, times: Times): SoFar | undefined {
  const rates = ratesOf(prices, costly)
  if ('missing' in rates) return undefined
  const fromMs = Math.min(Math.max(startOfMonth(times.nowMs), times.createdAtMs), times.nowMs)
  const ranUntilMs = within(fromMs, ranUntil(costly, times), times.nowMs)
  const hours = (times.nowMs - fromMs) / HOUR_MS
  const ran = (ranUntilMs - fromMs) / HOUR_MS
  const keptOnly = costly.state === 'kept' ? hours - ran : 0
  const perHour = (usdPerMonth: number): number => usdPerMonth / prices.hoursPerMonth
  const usd = ran * rates.running + (hours - keptOnly) * perHour(rates.standing) + keptOnly * perHour(rates.kept)
  return {
    usd: Math.round(usd * 100) / 100,
    since: new Date(fromMs).toISOString(),
    assumption: assumed(costly.state, fromMs, ranUntilMs),
  }
}

function startOfMonth(ms: number): number {
  const at = new Date(ms)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth())
}

const ranUntil = ({ state }: Costly, { nowMs, stillSinceMs = nowMs }: Times): number =>
  state === 'running' ? nowMs : stillSinceMs

const within = (lowest: number, ms: number, highest: number): number => Math.min(Math.max(lowest, ms), highest)

function assumed(state: Costly['state'], fromMs: number, ranUntilMs: number): string {
  if (state === 'running') return 'as if its machine had run all the time'
  if (ranUntilMs > fromMs) return `as if its machine had run until ${new Date(ranUntilMs).toISOString()}`
  return state === 'kept' ? 'its disk alone was kept' : 'its machine stood still'
}
