import type { PriceList } from '../documents/prices.ts'

/** What one agent is made of, as far as it costs something. */
export type Costly = {
  readonly region: string
  readonly machineType: string
  /** `kept`: only its data disk is left. */
  readonly state: 'running' | 'stopped' | 'kept'
  /** Values of secrets, one each. */
  readonly secrets: number
  /** How many machines of its plane share the way out, its own among them. */
  readonly machines: number
}

/**
 * An estimate in US dollars, to the cent: a month in the present state, and what each hour of running adds to an agent
 * that stands still. Traffic, snapshots and what models cost are not in it.
 */
export type Cost =
  | { readonly usdPerMonth: number; readonly usdPerHourRunning: number; readonly asOf: string }
  /** No estimate; `missing` says of what the price is not known. */
  | { readonly missing: string; readonly asOf: string }

/** What an agent costs by this list. */
export function costOf(prices: PriceList, costly: Costly): Cost {
  const { asOf, hoursPerMonth } = prices
  const rates = ratesOf(prices, costly)
  if (costly.state === 'kept' && rates.kept !== undefined) return { ...rounded(rates.kept, 0), asOf }
  if ('missing' in rates) return { missing: rates.missing, asOf }
  const { running, standing } = rates
  return { ...rounded(standing + (costly.state === 'running' ? hoursPerMonth * running : 0), running), asOf }
}

/** In US dollars: an hour of running; a month of standing still; and a month of a data disk that alone was kept. */
export type Rates =
  | { readonly running: number; readonly standing: number; readonly kept: number }
  | { readonly missing: string; readonly kept?: number }

/** What the parts of an agent cost by this list. */
export function ratesOf(prices: PriceList, { region, machineType, secrets, machines }: Costly): Rates {
  const { bootDiskGb, dataDiskGb, secretVersionUsdPerMonth } = prices
  const [regional, units] = [own(prices.regions, region), own(prices.machineUnits, machineType)]
  if (regional === undefined) return { missing: `region ${region}` }
  const kept = dataDiskGb * regional.diskUsdPerGbMonth
  if (units === undefined) return { missing: `machine type ${machineType}`, kept }
  return {
    running: units * regional.unitUsdPerHour + natShare(prices, machines),
    standing: bootDiskGb * regional.diskUsdPerGbMonth + kept + secrets * secretVersionUsdPerMonth,
    kept,
  }
}

/** One machine's share of the plane's way out for an hour. */
function natShare({ nat }: PriceList, machines: number): number {
  const sharing = Math.max(1, machines)
  return Math.min(nat.usdPerMachineHour, nat.mostUsdPerHour / sharing) + nat.addressUsdPerHour / sharing
}

/** Names come from people: `constructor` is no region. */
const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

const rounded = (usdPerMonth: number, usdPerHourRunning: number) => ({
  usdPerMonth: Math.round(usdPerMonth * 100) / 100,
  usdPerHourRunning: Math.round(usdPerHourRunning * 10_000) / 10_000,
})
