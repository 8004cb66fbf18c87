import type { CostView } from '../../shared/api/views.ts'

/** An estimate in words. */
export function costText({ usdPerMonth, usdPerHourRunning, missing, asOf }: CostView): string {
  if (usdPerMonth === undefined || usdPerHourRunning === undefined)
    return `no estimate: the price of ${missing ?? 'it'} is not known (${asOf})`
  const extra = 'without traffic and models'
  return `about $${usdPerMonth.toFixed(2)} a month, $${usdPerHourRunning.toFixed(4)} an hour of running; ${extra} (${asOf})`
}
