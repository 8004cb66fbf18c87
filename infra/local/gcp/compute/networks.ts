import { asText } from '../json.ts'
import { inUse, invalid } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { begin, insert, repeated } from './changes.ts'
import { list } from './lists.ts'
import { requireQuota } from './quotas.ts'
import { linkTo, targetOf } from './references.ts'

type NetworkAsked = {
  readonly autoCreateSubnetworks?: boolean
  readonly description?: string
  readonly routingConfig?: JsonObject
  readonly mtu?: number
  readonly networkFirewallPolicyEnforcementOrder?: string
}

const nameIn = ({ resource, body }: Call): string => `${resource}/networks/${asText(body['name'])}`

/** Networks are in custom mode: subnetworks are made by whoever wants them. */
export const insertNetwork: Served = {
  subject: nameIn,
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const asked = call.body as NetworkAsked
    if (asked.autoCreateSubnetworks !== false)
      throw invalid(
        "Invalid value for field 'resource.autoCreateSubnetworks': the simulated cloud has networks in custom mode only; say false.",
      )
    requireQuota('NETWORKS', 1, { project: call.project, region: '' }, world)
    const body = {
      autoCreateSubnetworks: false,
      ...(asked.description !== undefined && { description: asked.description }),
      ...(asked.mtu !== undefined && { mtu: asked.mtu }),
      routingConfig: { routingMode: 'REGIONAL', ...asked.routingConfig },
      networkFirewallPolicyEnforcementOrder: asked.networkFirewallPolicyEnforcementOrder ?? 'AFTER_CLASSIC_FIREWALL',
    }
    return insert(call, world, { collection: 'networks', kind: 'network', name: nameIn(call), body })
  },
}

const ofNetwork = (collection: 'subnetworks' | 'routers', network: Entry, { store }: World): readonly Entry[] =>
  store
    .list(collection, `${network.name.split('/').slice(0, 2).join('/')}/`)
    .filter(({ body }) => body['network'] === linkTo(network.name))

/** A network with the subnetworks it has now, and the policy that is associated with it. */
function show(network: Entry, world: World): JsonObject {
  const subnetworks = ofNetwork('subnetworks', network, world).map(({ name }) => linkTo(name))
  const policy = policyOf(network, world)
  return {
    ...network.body,
    selfLinkWithId: linkTo(network.name.replace(/[^/]+$/, asText(network.body['id']))),
    ...(subnetworks.length > 0 && { subnetworks }),
    ...(policy !== undefined && { firewallPolicy: linkTo(policy.name) }),
  }
}

const policyOf = (network: Entry, { store }: World): Entry | undefined =>
  store
    .list('firewallPolicies', `${network.name.split('/').slice(0, 2).join('/')}/`)
    .find(({ body }) =>
      ((body['associations'] ?? []) as readonly JsonObject[]).some(
        (one) => one['attachmentTarget'] === linkTo(network.name),
      ),
    )

const target = (call: Call, world: World): Entry => targetOf(call, 'networks', world)

export const getNetwork: Served = { handle: (call, world) => show(target(call, world), world) }
export const listNetworks = list({ collection: 'networks', kind: 'network', show })

/** Changes the order in which firewall policies are asked, the one thing of a network that we change later. */
export const patchNetwork: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const { networkFirewallPolicyEnforcementOrder: order, routingConfig } = call.body as NetworkAsked
    const body = {
      ...entry.body,
      ...(order !== undefined && { networkFirewallPolicyEnforcementOrder: order }),
      ...(routingConfig !== undefined && {
        routingConfig: { ...(entry.body['routingConfig'] as JsonObject), ...routingConfig },
      }),
    }
    world.store.put({ ...entry, body })
    return begin({ call, entry: { ...entry, body } }, world)
  },
}

/** A network goes when nothing is left in it. */
export const deleteNetwork: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const user =
      [...ofNetwork('subnetworks', entry, world), ...ofNetwork('routers', entry, world)][0] ?? policyOf(entry, world)
    if (user !== undefined) throw inUse(entry.name, user.name)
    return begin({ call, entry, finish: () => undefined }, world)
  },
}
