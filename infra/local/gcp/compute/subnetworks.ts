import { asText } from '../json.ts'
import { alreadyExists, inUse, invalid } from '../errors.ts'
import { fingerprint } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { overlap, rangeOf, showAddress } from './addresses.ts'
import { begin, insert, refuseStale, repeated } from './changes.ts'
import { list } from './lists.ts'
import { requirePlace } from './places.ts'
import { requireQuota } from './quotas.ts'
import { linkTo, nameOf, refer, targetOf } from './references.ts'

type SubnetworkAsked = {
  readonly ipCidrRange?: string
  readonly network?: string
  readonly privateIpGoogleAccess?: boolean
  readonly purpose?: string
  readonly description?: string
  readonly logConfig?: JsonObject
  readonly stackType?: string
}

// https://cloud.google.com/vpc/docs/subnets#valid-ranges
const PREFIX = { shortest: 4, longest: 29 }
const PROHIBITED = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '199.36.153.4/30',
  '199.36.153.8/30',
]

const nameIn = ({ resource, body }: Call): string => `${resource}/subnetworks/${asText(body['name'])}`

function requireFree(cidr: string, network: Entry, { store }: World): void {
  const range = rangeOf(cidr, 'ipCidrRange')
  if (range.prefix < PREFIX.shortest || range.prefix > PREFIX.longest)
    throw invalid(
      `Invalid value for field 'resource.ipCidrRange': '${cidr}'. The prefix must be between /${PREFIX.shortest} and /${PREFIX.longest}.`,
    )
  const prohibited = PROHIBITED.find((other) => overlap(range, rangeOf(other, 'ipCidrRange')))
  if (prohibited !== undefined)
    throw invalid(
      `Invalid value for field 'resource.ipCidrRange': '${cidr}' conflicts with reserved range '${prohibited}'.`,
    )
  const taken = store
    .list('subnetworks', `${network.name.split('/').slice(0, 2).join('/')}/`)
    .filter(({ body }) => body['network'] === linkTo(network.name))
    .find(({ body }) => overlap(range, rangeOf(asText(body['ipCidrRange']), 'ipCidrRange')))
  if (taken !== undefined)
    throw invalid(
      `Invalid IPCidrRange: ${cidr} conflicts with existing subnetwork '${taken.name}' (${asText(taken.body['ipCidrRange'])}).`,
    )
}

export const insertSubnetwork: Served = {
  subject: nameIn,
  // Not in the reference: a subnetwork changes its network, and asking too much is noticed here rather than in the cloud.
  checks: ({ body, project }) => [
    { permission: 'compute.networks.updatePolicy', resource: nameOf(body['network'], 'network', project) },
  ],
  handle: (call, world) => {
    requirePlace(call, world)
    const before = repeated(call, world)
    if (before !== undefined) return before
    const asked = call.body as SubnetworkAsked
    const scope = `projects/${call.project}/global`
    const network = refer(asked.network, { collection: 'networks', field: 'network', scope }, call, world)
    const ipCidrRange = asked.ipCidrRange ?? ''
    if (world.store.find(nameIn(call)) !== undefined) throw alreadyExists(nameIn(call))
    requireFree(ipCidrRange, network, world)
    requireQuota('SUBNETWORKS', 1, { project: call.project, region: '' }, world)
    return insert(call, world, {
      collection: 'subnetworks',
      kind: 'subnetwork',
      name: nameIn(call),
      body: bodyOf(asked, ipCidrRange, network),
      readyBody: { state: 'READY' },
    })
  },
}

function bodyOf(asked: SubnetworkAsked, ipCidrRange: string, network: Entry): JsonObject {
  const body = {
    ...(asked.description !== undefined && { description: asked.description }),
    network: linkTo(network.name),
    ipCidrRange,
    gatewayAddress: showAddress(rangeOf(ipCidrRange, 'ipCidrRange').first + 1),
    privateIpGoogleAccess: asked.privateIpGoogleAccess ?? false,
    privateIpv6GoogleAccess: 'DISABLE_GOOGLE_ACCESS',
    purpose: asked.purpose ?? 'PRIVATE',
    stackType: asked.stackType ?? 'IPV4_ONLY',
    state: 'DRAINING',
    ...logsBody(asked.logConfig),
  }
  return { ...body, fingerprint: fingerprint(body) }
}

const logsBody = (logConfig: JsonObject | undefined): JsonObject =>
  logConfig === undefined
    ? {}
    : {
        enableFlowLogs: logConfig['enable'] === true,
        logConfig: {
          aggregationInterval: 'INTERVAL_5_SEC',
          flowSampling: 0.5,
          metadata: 'INCLUDE_ALL_METADATA',
          ...logConfig,
        },
      }

const target = (call: Call, world: World): Entry => targetOf(call, 'subnetworks', world)

export const getSubnetwork: Served = { handle: (call, world) => target(call, world).body }
export const listSubnetworks = list({ collection: 'subnetworks', kind: 'subnetwork' })

/** Changes what is logged of a subnetwork's flows; the other fields a patch may carry are not simulated. */
export const patchSubnetwork: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const { logConfig, fingerprint: given } = call.body as SubnetworkAsked & { readonly fingerprint?: string }
    refuseStale(given, entry.body['fingerprint'], 'Subnetwork')
    const { fingerprint: _stale, ...rest } = { ...entry.body, ...logsBody(logConfig) }
    const changed = { ...entry, body: { ...rest, fingerprint: fingerprint(rest) } }
    world.store.put(changed)
    return begin({ call, entry: changed }, world)
  },
}

export const setPrivateIpGoogleAccess: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const { fingerprint: _stale, ...rest } = entry.body
    const changed = { ...rest, privateIpGoogleAccess: call.body['privateIpGoogleAccess'] === true }
    const body = { ...changed, fingerprint: fingerprint(changed) }
    world.store.put({ ...entry, body })
    return begin({ call, entry: { ...entry, body } }, world)
  },
}

export const deleteSubnetwork: Served = {
  checks: ({ resource }, { store }) => {
    const network = store.find(resource)?.body['network']
    return network === undefined
      ? []
      : [{ permission: 'compute.networks.updatePolicy', resource: asText(network).replace(linkTo(''), '') }]
  },
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const user = world.store
      .list('instances', `projects/${call.project}/`)
      .find(({ body }) =>
        ((body['networkInterfaces'] ?? []) as readonly JsonObject[]).some(
          (face) => face['subnetwork'] === linkTo(entry.name),
        ),
      )
    if (user !== undefined) throw inUse(entry.name, user.name)
    return begin({ call, entry, finish: () => undefined }, world)
  },
}
