import type { ReadOnlyFields } from './gate/check.ts'

/** Least and most, in milliseconds; what happens lies between, by the world's randomness. */
export type RangeMs = readonly [number, number]

export type ProjectOptions = {
  readonly projectId: string
  readonly projectNumber: string
  /** What it is in, as `folders/123` or `organizations/123`. */
  readonly parent?: string
  /** Members with roles/owner at the start: `user:…` or `serviceAccount:…`. */
  readonly owners: readonly string[]
  /** Services that are on at the start, as `compute.googleapis.com`. */
  readonly services: readonly string[]
}

/** A folder or an organisation as it stands at the start. */
export type ContainerOptions = {
  /** `folders/123` or `organizations/123`. */
  readonly name: string
  /** An organisation's is its domain. */
  readonly displayName: string
  readonly parent?: string
  readonly bindings: readonly { readonly role: string; readonly members: readonly string[] }[]
}

/** How long things take to become true everywhere. */
export type Propagation = {
  /** Reading a fresh account answers 403 for so long … */
  readonly accountForbiddenMs: RangeMs
  /** … and then 404 for so long. Until both are over a policy that names it is refused. */
  readonly accountMissingMs: RangeMs
  /** A policy change is in force after so long. */
  readonly grantMs: RangeMs
  /** The alias `latest` follows a new version after so long. */
  readonly latestMs: RangeMs
}

/** How long calls take to answer, and operations to be done. Methods that are not listed take `other`. */
export type Latencies = {
  readonly calls: Readonly<Record<string, number>> & { readonly other: number }
  readonly operations: Readonly<Record<string, number>> & { readonly other: number }
}

/** Compute quotas by metric, each region's and the project's own. */
export type Quotas = {
  readonly region: Readonly<Record<string, number>>
  readonly project: Readonly<Record<string, number>>
  readonly accountsPerProject: number
}

/** Calls a minute and project, by group of methods; a minute is the clock's own. */
export type Rates = {
  readonly compute: { readonly read: number; readonly write: number }
  readonly iam: { readonly read: number; readonly write: number }
  readonly secrets: { readonly read: number; readonly write: number; readonly access: number }
  /** New versions and updates of any one secret. */
  readonly oneSecret: number
  /** Switching on and off and destroying of any one version. */
  readonly oneVersion: number
  /** Deny policies, by where whoever calls comes from. */
  readonly denyPolicies: { readonly read: number; readonly write: number }
}

export type Options = {
  readonly projects: readonly ProjectOptions[]
  /** Folders and organisations that projects are in. */
  readonly containers: readonly ContainerOptions[]
  /** Zones by region. */
  readonly regions: Readonly<Record<string, readonly string[]>>
  readonly latencies: Latencies
  readonly propagation: Propagation
  readonly quotas: Quotas
  /** Undefined: no rate is limited. */
  readonly rates?: Rates
  readonly readOnlyFields: ReadOnlyFields
  /** Whether `/__sim/…` answers. */
  readonly control: boolean
}

const AT_ONCE: RangeMs = [0, 0]

const SERVICES = [
  'cloudresourcemanager',
  'cloudtasks',
  'compute',
  'iam',
  'iap',
  'logging',
  'oslogin',
  'secretmanager',
  'serviceusage',
]

/** A project with every service on that the simulation has. */
export const project = (projectId: string, projectNumber: string, owners: readonly string[]): ProjectOptions => ({
  projectId,
  projectNumber,
  owners,
  services: SERVICES.map((service) => `${service}.googleapis.com`),
})

/** A cloud where everything is true at once and nothing is scarce: what a test changes is what it is about. */
export const calm: Options = {
  projects: [project('demo-project', '123456789012', ['user:admin@example.com'])],
  containers: [],
  regions: {
    'europe-west1': ['europe-west1-b', 'europe-west1-c', 'europe-west1-d'],
    'us-central1': ['us-central1-a', 'us-central1-b'],
  },
  latencies: { calls: { other: 0 }, operations: { other: 0 } },
  propagation: { accountForbiddenMs: AT_ONCE, accountMissingMs: AT_ONCE, grantMs: AT_ONCE, latestMs: AT_ONCE },
  quotas: {
    region: {
      CPUS: 10_000,
      INSTANCES: 5000,
      DISKS_TOTAL_GB: 1_000_000,
      SSD_TOTAL_GB: 1_000_000,
      IN_USE_ADDRESSES: 100,
    },
    project: {
      NETWORKS: 50,
      SUBNETWORKS: 300,
      ROUTERS: 50,
      SNAPSHOTS: 50_000,
      FIREWALLS: 500,
      CPUS_ALL_REGIONS: 20_000,
    },
    accountsPerProject: 1000,
  },
  readOnlyFields: 'refuse',
  control: true,
}

/** A duration within a range. */
export const drawMs = ([least, most]: RangeMs, random: () => number): number => least + random() * (most - least)
