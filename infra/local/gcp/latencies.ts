import type { Latencies, Propagation, Rates, RangeMs } from './options.ts'

const SECOND = 1000

// Typical figures: VM to RUNNING 9.5 s (https://gist.github.com/ImJasonH/d3d26f15), delete 140 s (same), API calls 1–2 s.
const CALLS = {
  'iam.projects.serviceAccounts.create': 2 * SECOND,
  'secretmanager.projects.secrets.create': SECOND,
  'secretmanager.projects.secrets.addVersion': 0.5 * SECOND,
  'iam.projects.serviceAccounts.setIamPolicy': SECOND,
  'secretmanager.projects.secrets.setIamPolicy': SECOND,
  'compute.instances.setIamPolicy': SECOND,
  'iap.setIamPolicy': SECOND,
  other: 0.15 * SECOND,
}

const OPERATIONS = {
  'compute.instances.insert': 10 * SECOND,
  'compute.instances.start': 10 * SECOND,
  'compute.instances.stop': 30 * SECOND,
  'compute.instances.delete': 140 * SECOND,
  'compute.networks.insert': 12 * SECOND,
  'compute.subnetworks.insert': 13 * SECOND,
  'compute.networkFirewallPolicies.addRule': 6 * SECOND,
  other: 1.5 * SECOND,
}

const scaled = <T extends Readonly<Record<string, number>>>(table: T, scale: number): T =>
  Object.fromEntries(Object.entries(table).map(([name, ms]) => [name, ms * scale])) as T

/** Latencies as people measured them, multiplied by `scale`. */
export const typicalLatencies = (scale: number): Latencies => ({
  calls: scaled(CALLS, scale),
  operations: scaled(OPERATIONS, scale),
})

/** Propagation as IAM's and Secret Manager's documentation describes it, multiplied by `scale`. */
export function typicalPropagation(scale: number): Propagation {
  const range = (leastS: number, mostS: number): RangeMs => [leastS * SECOND * scale, mostS * SECOND * scale]
  // https://cloud.google.com/iam/docs/access-change-propagation and https://cloud.google.com/secret-manager/docs/reference/consistency
  return {
    accountForbiddenMs: range(1, 4),
    accountMissingMs: range(4, 10),
    grantMs: range(5, 120),
    latestMs: range(1, 60),
  }
}

/**
 * Rates that projects start with: https://cloud.google.com/iam/quotas, https://cloud.google.com/secret-manager/quotas,
 * https://cloud.google.com/compute/docs/api-rate-limits.
 */
export const defaultRates: Rates = {
  compute: { read: 1500, write: 1500 },
  iam: { read: 6000, write: 600 },
  secrets: { read: 600, write: 600, access: 90_000 },
  oneSecret: 120,
  oneVersion: 60,
  denyPolicies: { read: 5, write: 5 },
}
