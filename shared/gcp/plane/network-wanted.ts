import type { protos } from '@google-cloud/compute'
import { planeLabels } from '../../documents/labels.ts'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'

/**
 * A plane's network has no neighbours, so one range does for every plane. It holds more than the 15,000 interfaces that
 * a network takes at most: https://cloud.google.com/vpc/docs/quota.
 */
export const SUBNETWORK_RANGE = { first: '10.200.0.0', prefix: 18 } as const

/** Kept of an agent's data disk: one of each day. */
export const SNAPSHOT_DAYS = 7

/** What says whose a part is: none of them carries labels. */
export const markOf = (place: PlanePlace): string =>
  Object.entries(planeLabels(place))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')

/** Where the plane's network is, as other parts name it. */
export const networkLink = (place: PlanePlace): string =>
  `projects/${place.project}/global/networks/${names.network(place)}`

/** Machines are reached by nothing that its firewall policy does not let through, whatever other rules say. */
export const ENFORCEMENT_ORDER = 'BEFORE_CLASSIC_FIREWALL'

/** A network without subnetworks of its own making, in one region. */
export const wantedNetwork = (place: PlanePlace): protos.google.cloud.compute.v1.INetwork => ({
  name: names.network(place),
  description: markOf(place),
  autoCreateSubnetworks: false,
  routingConfig: { routingMode: 'REGIONAL' },
  networkFirewallPolicyEnforcementOrder: ENFORCEMENT_ORDER,
})

/** One flow in ten is logged: enough to see who talks to whom, at a tenth of the price. */
export const FLOW_LOGS = {
  enable: true,
  aggregationInterval: 'INTERVAL_5_MIN',
  flowSampling: 0.1,
  metadata: 'EXCLUDE_ALL_METADATA',
}

/** Machines in it have no address but a private one, and reach Google all the same. */
export const wantedSubnetwork = (place: PlanePlace): protos.google.cloud.compute.v1.ISubnetwork => ({
  name: names.subnetwork(place),
  description: markOf(place),
  network: networkLink(place),
  ipCidrRange: `${SUBNETWORK_RANGE.first}/${SUBNETWORK_RANGE.prefix}`,
  stackType: 'IPV4_ONLY',
  privateIpGoogleAccess: true,
  logConfig: FLOW_LOGS,
})

/** Addresses come and go with the machines; a machine has few ports until it needs more. */
export const wantedNat = (place: PlanePlace): protos.google.cloud.compute.v1.IRouterNat => ({
  name: names.nat(place),
  natIpAllocateOption: 'AUTO_ONLY',
  sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
  enableDynamicPortAllocation: true,
  minPortsPerVm: 64,
  maxPortsPerVm: 1024,
  logConfig: { enable: true, filter: 'ERRORS_ONLY' },
})

/** A router that does nothing but NAT. */
export const wantedRouter = (place: PlanePlace): protos.google.cloud.compute.v1.IRouter => ({
  name: names.router(place),
  description: markOf(place),
  network: networkLink(place),
  nats: [wantedNat(place)],
})

/** Without rules: a policy is made empty. */
export const wantedFirewallPolicy = (place: PlanePlace): protos.google.cloud.compute.v1.IFirewallPolicy => ({
  name: names.firewallPolicy(place),
  description: markOf(place),
})

/** Of each data disk that names it. Snapshots stay in the region, and go when they are old, their disk gone or not. */
export const wantedSnapshots = (place: PlanePlace) => ({
  schedule: { dailySchedule: { daysInCycle: 1, startTime: '04:00' } },
  retentionPolicy: { maxRetentionDays: SNAPSHOT_DAYS, onSourceDiskDelete: 'APPLY_RETENTION_POLICY' },
  snapshotProperties: { labels: planeLabels(place), storageLocations: [place.region] },
})

/** The schedule as a resource of its own. */
export const wantedSchedule = (place: PlanePlace): protos.google.cloud.compute.v1.IResourcePolicy => ({
  name: names.snapshotSchedule(place),
  description: markOf(place),
  snapshotSchedulePolicy: wantedSnapshots(place),
})
