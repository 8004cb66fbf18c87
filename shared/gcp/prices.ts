import type { PriceList } from '../documents/prices.ts'
import { BOOT_DISK_GB, DATA_DISK_GB } from './sizes.ts'

/**
 * An e2-micro for an hour and a GB of pd-balanced for a month, by region, as generated from Google's Cloud Billing Catalog.
 * https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator (Apache-2.0, (c) 2022-2024 Nils Knieling),
 * pricing.yml at 082120d27ea7250d73db4b2520ce2c0df2d7a6c7
 */
const REGIONS: Readonly<Record<string, readonly [microUsdPerHour: number, diskUsdPerGbMonth: number]>> = {
  'africa-south1': [0.010956367, 0.1308],
  'asia-east1': [0.009698985, 0.1],
  'asia-east2': [0.0117201675, 0.11],
  'asia-northeast1': [0.010745715, 0.13],
  'asia-northeast2': [0.010745715, 0.13],
  'asia-northeast3': [0.010745715, 0.13],
  'asia-south1': [0.010060545, 0.12],
  'asia-south2': [0.010060545, 0.12],
  'asia-southeast1': [0.0103332675, 0.11],
  'asia-southeast2': [0.0112632608, 0.13],
  'australia-southeast1': [0.01188525, 0.135],
  'australia-southeast2': [0.010102, 0.135],
  'europe-central2': [0.010791945, 0.13],
  'europe-north1': [0.009222195, 0.11],
  'europe-southwest1': [0.0098845, 0.12],
  'europe-west1': [0.0092144325, 0.1],
  'europe-west10': [0.0128996985, 0.154],
  'europe-west12': [0.0108055915, 0.12],
  'europe-west2': [0.010791945, 0.12],
  'europe-west3': [0.010791945, 0.12],
  'europe-west4': [0.009221505, 0.11],
  'europe-west6': [0.0117201675, 0.13],
  'europe-west8': [0.0097165, 0.116],
  'europe-west9': [0.0097165, 0.116],
  'me-central1': [0.010177359, 0.1215],
  'me-central2': [0.013402283, 0.16],
  'me-west1': [0.0092140705, 0.11],
  'northamerica-northeast1': [0.009221505, 0.11],
  'northamerica-northeast2': [0.009221505, 0.11],
  'southamerica-east1': [0.0132963, 0.15],
  'southamerica-west1': [0.0119782903, 0.143],
  'us-central1': [0.0083764275, 0.1],
  'us-east1': [0.0083764275, 0.1],
  'us-east4': [0.0094338525, 0.11],
  'us-east5': [0.0083764275, 0.1],
  'us-south1': [0.009884185, 0.12],
  'us-west1': [0.0083764275, 0.1],
  'us-west2': [0.010061235, 0.12],
  'us-west3': [0.010061235, 0.12],
  'us-west4': [0.0094338525, 0.11],
}

/** Every E2 size costs so many e2-micros in each of these regions. Sizes that are not here have no estimate. */
const MICROS = {
  'e2-small': 2,
  'e2-medium': 4,
  'e2-standard-2': 8,
  'e2-standard-4': 16,
  'e2-standard-8': 32,
  'e2-standard-16': 64,
  'e2-standard-32': 128,
} as const

/** List prices of Google Cloud, for what an agent is made of. */
export const googlePrices: PriceList = {
  asOf: 'list prices of pricing.yml@082120d and of 2026-09',
  hoursPerMonth: 730,
  machineUnits: MICROS,
  regions: Object.fromEntries(
    Object.entries(REGIONS).map(([region, [unitUsdPerHour, diskUsdPerGbMonth]]) => [
      region,
      { unitUsdPerHour, diskUsdPerGbMonth },
    ]),
  ),
  bootDiskGb: BOOT_DISK_GB,
  dataDiskGb: DATA_DISK_GB,
  // Read in September 2026: https://cloud.google.com/nat/pricing, https://cloud.google.com/secret-manager/pricing
  nat: { usdPerMachineHour: 0.0014, mostUsdPerHour: 0.044, addressUsdPerHour: 0.005 },
  secretVersionUsdPerMonth: 0.06,
}
