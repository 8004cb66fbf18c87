/** The regions the recordings were made in. */
export const REGIONS = Object.fromEntries(
  [
    'us-central1',
    'us-east1',
    'us-west1',
    'us-west3',
    'us-west4',
    'europe-west4',
    'northamerica-northeast1',
    'northamerica-south1',
    'australia-southeast1',
  ].map((region) => [region, [`${region}-a`, `${region}-b`]]),
)
