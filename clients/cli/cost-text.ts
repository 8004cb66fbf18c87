import type { CostView } from '../../shared/api/views.ts'

/** An estimate in words. */
export function costText({ usdPerMonth, usdPerHourRunning, missing, soFar, asOf }: CostView): string {
  if (usdPerMonth === undefined || usdPerHourRunning === undefined)
    return `no estimate: the price of ${missing ?? 'it'} is not known (${asOf})`
  const past = soFar === undefined ? '' : `${soFarText(soFar)}; `
  const extra = 'without traffic and models'
  return `${past}about $${usdPerMonth.toFixed(2)} a month, $${usdPerHourRunning.toFixed(4)} an hour of running; ${extra} (${asOf})`
}

const soFarText = ({ usd, assumption }: NonNullable<CostView['soFar']>): string =>
  `about $${usd.toFixed(2)} so far this month, ${assumption}`
