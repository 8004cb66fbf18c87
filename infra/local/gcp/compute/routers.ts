import { asText } from '../json.ts'
import { invalid } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { begin, insert, repeated } from './changes.ts'
import { list } from './lists.ts'
import { requirePlace } from './places.ts'
import { requireQuota } from './quotas.ts'
import { linkTo, nameOf, refer, targetOf } from './references.ts'

type Nat = {
  readonly name?: string
  readonly natIpAllocateOption?: string
  readonly sourceSubnetworkIpRangesToNat?: string
  readonly subnetworks?: readonly { readonly name?: string; readonly sourceIpRangesToNat?: readonly string[] }[]
} & JsonObject

type RouterAsked = {
  readonly network?: string
  readonly nats?: readonly Nat[]
  readonly description?: string
  readonly bgp?: JsonObject
}

const NAT_DEFAULTS = {
  enableEndpointIndependentMapping: false,
  endpointTypes: ['ENDPOINT_TYPE_VM'],
  type: 'PUBLIC',
  autoNetworkTier: 'PREMIUM',
}

const nameIn = ({ resource, body }: Call): string => `${resource}/routers/${asText(body['name'])}`

/** NATs as a router has them. Throws for what says too little, twice, or names a subnetwork of elsewhere. */
function natsBody(nats: readonly Nat[], call: Call, world: World): readonly JsonObject[] {
  const names = nats.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`Invalid value for field 'resource.nats': duplicate name '${twice}'.`)
  if (nats.filter(({ sourceSubnetworkIpRangesToNat }) => sourceSubnetworkIpRangesToNat?.startsWith('ALL_')).length > 1)
    throw invalid("Invalid value for field 'resource.nats': only one NAT of a router can serve all subnetworks.")
  return nats.map((nat, index) => {
    for (const field of ['name', 'natIpAllocateOption', 'sourceSubnetworkIpRangesToNat'] as const)
      if (nat[field] === undefined || nat[field] === '')
        throw invalid(`Invalid value for field 'resource.nats[${index}].${field}': is required`, { reason: 'required' })
    return {
      ...NAT_DEFAULTS,
      ...nat,
      ...(nat.subnetworks !== undefined && { subnetworks: subnetworksOf(nat, index, call, world) }),
    }
  })
}

const subnetworksOf = ({ subnetworks = [] }: Nat, index: number, call: Call, world: World): readonly JsonObject[] =>
  subnetworks.map((one) => {
    const wanted = {
      collection: 'subnetworks',
      field: `nats[${index}].subnetworks.name`,
      scope: regionScope(call),
    } as const
    return { ...one, name: linkTo(refer(one.name, wanted, call, world).name) }
  })

const regionScope = ({ project, path }: Call): string => `projects/${project}/regions/${path['region'] ?? ''}`

export const insertRouter: Served = {
  subject: nameIn,
  // Not in the reference: a router changes its network, and asking too much is noticed here rather than in the cloud.
  checks: ({ body, project }) => [
    { permission: 'compute.networks.updatePolicy', resource: nameOf(body['network'], 'network', project) },
  ],
  handle: (call, world) => {
    requirePlace(call, world)
    const before = repeated(call, world)
    if (before !== undefined) return before
    const { network, nats = [], description, bgp } = call.body as RouterAsked
    const found = refer(
      network,
      { collection: 'networks', field: 'network', scope: `projects/${call.project}/global` },
      call,
      world,
    )
    requireQuota('ROUTERS', 1, { project: call.project, region: '' }, world)
    const body = {
      ...(description !== undefined && { description }),
      network: linkTo(found.name),
      ...(bgp !== undefined && { bgp }),
      ...(nats.length > 0 && { nats: natsBody(nats, call, world) }),
      encryptedInterconnectRouter: false,
    }
    return insert(call, world, { collection: 'routers', kind: 'router', name: nameIn(call), body })
  },
}

const target = (call: Call, world: World): Entry => targetOf(call, 'routers', world)

export const getRouter: Served = { handle: (call, world) => target(call, world).body }
export const listRouters = list({ collection: 'routers', kind: 'router' })

const networkCheck: NonNullable<Served['checks']> = ({ resource }, { store }) => {
  const network = store.find(resource)?.body['network']
  return network === undefined
    ? []
    : [{ permission: 'compute.networks.updatePolicy', resource: asText(network).replace(linkTo(''), '') }]
}

export const patchRouter: Served = {
  checks: networkCheck,
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const { nats, network: _network, ...rest } = call.body as RouterAsked & JsonObject
    const body = { ...entry.body, ...rest, ...(nats !== undefined && { nats: natsBody(nats, call, world) }) }
    world.store.put({ ...entry, body })
    return begin({ call, entry: { ...entry, body } }, world)
  },
}

export const deleteRouter: Served = {
  checks: networkCheck,
  handle: (call, world) =>
    repeated(call, world) ?? begin({ call, entry: target(call, world), finish: () => undefined }, world),
}
