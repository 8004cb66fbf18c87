import { expect, test } from 'vitest'
import { googlePrices } from '../../shared/gcp/prices.ts'
import { costOf } from '../../shared/lifecycle/cost.ts'
import type { Costly } from '../../shared/lifecycle/cost.ts'

const AGENT: Costly = { region: 'us-east4', machineType: 'e2-medium', state: 'running', secrets: 2, machines: 1 }
const cost = (fields: Partial<Costly> = {}) => costOf(googlePrices, { ...AGENT, ...fields })
const month = (fields: Partial<Costly> = {}): number | undefined => {
  const found = cost(fields)
  return 'missing' in found ? undefined : found.usdPerMonth
}

// A machine 27.55, 30 GB of disk at 0.11, two secrets at 0.06; the way out 0.0014 and its address 0.005 an hour.
test.each<[string, Partial<Costly>, number, number]>([
  ['alone in its plane', {}, 35.64, 0.0441],
  ['one of a hundred', { machines: 100 }, 31.32, 0.0382],
  ['small', { machineType: 'e2-small', machines: 100 }, 17.55, 0.0194],
  ['in Zurich', { region: 'europe-west6', machines: 100 }, 38.6, 0.0474],
  ['that stands still', { state: 'stopped' }, 3.42, 0.0441],
  ['without secrets', { state: 'stopped', secrets: 0 }, 3.3, 0.0441],
  ['of which only the disk is kept', { state: 'kept' }, 1.1, 0],
])('an agent %s costs so much', (_, fields, usdPerMonth, usdPerHourRunning) => {
  expect(cost(fields)).toEqual({ usdPerMonth, usdPerHourRunning, asOf: googlePrices.asOf })
})

test.each<[Partial<Costly>, string]>([
  [{ machineType: 'n2-standard-4' }, 'machine type n2-standard-4'],
  [{ machineType: 'constructor' }, 'machine type constructor'],
  [{ region: 'mars-north1' }, 'region mars-north1'],
])('what has no price has no estimate, and says so: %j', (fields, missing) => {
  expect(cost(fields)).toEqual({ missing, asOf: googlePrices.asOf })
})

test('the way out is dearest for the first machines, and its price is shared', () => {
  const months = [1, 2, 10, 31, 32, 100, 1000].map((machines) => month({ machines }) ?? 0)
  expect(months).toEqual(months.toSorted((a, b) => b - a))
  expect(month({ machines: 0 })).toBe(month({ machines: 1 }))
})

// What the list's own source expects of a month in europe-west4, for the machine alone.
test.each([
  ['e2-small', 13.46],
  ['e2-medium', 26.9],
  ['e2-standard-2', 53],
  ['e2-standard-4', 107],
  ['e2-standard-8', 215],
])('a machine of type %s costs what its source says', (machineType, usd) => {
  const units = googlePrices.machineUnits[machineType] ?? 0
  const { unitUsdPerHour } = googlePrices.regions['europe-west4'] ?? { unitUsdPerHour: 0 }
  const usdPerMonth = units * unitUsdPerHour * googlePrices.hoursPerMonth
  expect([usdPerMonth >= usd, usdPerMonth < usd + 1]).toEqual([true, true])
})

test('every region has a price for machines and disks', () => {
  expect(Object.keys(googlePrices.regions)).toHaveLength(40)
  for (const { unitUsdPerHour, diskUsdPerGbMonth } of Object.values(googlePrices.regions)) {
    expect(unitUsdPerHour).toBeGreaterThan(0.008)
    expect(diskUsdPerGbMonth).toBeGreaterThanOrEqual(0.1)
  }
})
