import type { NetworkFirewallPoliciesClient } from '@google-cloud/compute/build/src/v1/network_firewall_policies_client.js'
import { names } from '../../documents/names.ts'
import type { PlanePlace, Place } from '../../documents/names.ts'
import type { EgressPolicy, EgressPort } from '../../ports/backend.ts'
import { ProviderError } from '../../ports/errors.ts'
import { refuseAfter } from '../../ports/intent.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, isAnswer, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { ruleBody } from '../plane/firewall-rules.ts'
import type { FirewallRule } from '../plane/firewall-rules.ts'
import { freePriority, isSame, policyOf, positionOf, rulesOf, wantedRules } from './egress-rules.ts'
import type { FoundRule } from './egress-rules.ts'
import { operations, requestIdOf, rereading } from './operations.ts'
import type { Operations } from './operations.ts'

/** What all restricted agents of an installation have in common. */
export type EgressSettings = {
  /**
   * Hosts that every restricted agent reaches besides its own domains: Secret Manager, where heartbeats go, and what is
   * installed from when the image has it not.
   */
  readonly platform: readonly string[]
}

type Compute = {
  readonly google: Google
  readonly settings: EgressSettings
  readonly client: () => Promise<NetworkFirewallPoliciesClient>
  readonly operations: Operations
}

/**
 * Rules of single agents in their plane's network firewall policy. A domain is a rule about its addresses: two names
 * behind one address are one to it. https://cloud.google.com/firewall/docs/firewall-policies-rule-details#fqdn-objects
 */
export function googleEgress(google: Google, settings: EgressSettings): EgressPort {
  const client = lazily(async () => {
    const { NetworkFirewallPoliciesClient } =
      await import('@google-cloud/compute/build/src/v1/network_firewall_policies_client.js')
    return connected(NetworkFirewallPoliciesClient, google)
  })
  const compute: Compute = { google, settings, client, operations: operations(google) }
  return {
    enforcement: 'network',
    find: async (place) => {
      const policy = policyOf(rulesOf((await read(compute, place)) ?? [], place), place, settings.platform)
      return policy && { ...policy, ours: true }
    },
    set: (intent, place, policy) =>
      policy.mode === 'open' ? remove(compute, intent, place) : restrict(compute, intent, place, policy),
    delete: (intent, place) => remove(compute, intent, place),
  }
}

/** All rules of the plane's policy; undefined when there is no policy. */
async function read({ client }: Compute, place: PlanePlace): Promise<readonly FoundRule[] | undefined> {
  const firewallPolicy = names.firewallPolicy(place)
  const found = client().then((policies) => policies.get({ project: place.project, firewallPolicy }, once()))
  const [policy] = (await unless(['NotFound'], answered(`firewall policy ${firewallPolicy}`, found))) ?? []
  return policy && (policy.rules ?? [])
}

/** What denies the rest is written first: an agent whose rules are not whole reaches less, not more. */
async function restrict(compute: Compute, intent: Intent, place: Place, policy: EgressPolicy): Promise<void> {
  const { google, settings } = compute
  await rereading(async () => {
    const all = await read(compute, place)
    refuseAfter(intent, google.clock.nowMs())
    if (all === undefined)
      throw new ProviderError('NotFound', `firewall policy ${names.firewallPolicy(place)} is not there yet`)
    const own = rulesOf(all, place)
    const position = own.length > 0 ? positionOf(own) : { first: free(place, all), createdAtMs: google.clock.nowMs() }
    const wanted = wantedRules(place, policy, { platform: settings.platform, ...position })
    for (const rule of wanted) await write(compute, intent, place, own, rule)
    for (const rule of own)
      if (!wanted.some(({ priority }) => priority === rule.priority)) await drop(compute, intent, place, rule)
  })
}

function free(place: Place, all: readonly FoundRule[]): number {
  const first = freePriority(place.uid, all)
  if (first !== undefined) return first
  const message = `firewall policy ${names.firewallPolicy(place)} has no room for another restricted agent`
  throw new ProviderError('QuotaExceeded', `${message}; make some agents open, or remove them`)
}

async function write(
  { client, operations: running }: Compute,
  intent: Intent,
  place: Place,
  own: readonly FoundRule[],
  rule: FirewallRule,
): Promise<void> {
  const { priority } = rule
  const before = own.find((found) => found.priority === priority)
  if (before !== undefined && isSame(before, rule)) return
  const policies = await client()
  const request = { ...aimedAt(place), firewallPolicyRuleResource: { ...ruleBody(rule), disabled: false } }
  const requestId = requestIdOf(intent, 'write', names.egressRule(place), JSON.stringify(rule))
  if (before !== undefined) {
    const patch = { ...request, priority, requestId }
    return running.run(intent, changeOf(place), (options) => policies.patchRule(patch, options))
  }
  const added = running.run(intent, changeOf(place), (options) => policies.addRule({ ...request, requestId }, options))
  return added.catch((error: unknown) => {
    throw isAboutPriority(error) ? new ProviderError('Conflict', error.message, { cause: error }) : error
  })
}

/** A rule cannot be added where one is, nor removed where none is: somebody was faster since the policy was read. */
const isAboutPriority = (error: unknown): error is ProviderError =>
  isAnswer(error, 'Invalid') && /priorit/i.test(error.message)

async function remove(compute: Compute, intent: Intent, place: Place): Promise<void> {
  refuseAfter(intent, compute.google.clock.nowMs())
  const own = rulesOf((await read(compute, place)) ?? [], place)
  // What denies the rest has the highest number and goes last.
  for (const rule of own.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0)))
    await drop(compute, intent, place, rule)
}

async function drop(
  { client, operations: running }: Compute,
  intent: Intent,
  place: Place,
  { priority }: FoundRule,
): Promise<void> {
  const requestId = requestIdOf(intent, 'drop', names.egressRule(place), String(priority))
  const policies = await client()
  const request = { ...aimedAt(place), priority: priority ?? 0, requestId }
  const removed = running.run(intent, changeOf(place), (options) => policies.removeRule(request, options))
  await removed.catch((error: unknown) => {
    if (!isAboutPriority(error)) throw error
  })
}

const aimedAt = (place: Place) => ({ project: place.project, firewallPolicy: names.firewallPolicy(place) })

const changeOf = (place: Place) => ({
  what: `egress rule of agent ${place.uid} in firewall policy ${names.firewallPolicy(place)}`,
  where: { project: place.project },
})
