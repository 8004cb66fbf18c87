import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import { ruleChanges } from './firewall-drift.ts'
import type { RuleChange } from './firewall-drift.ts'
import { ruleBody } from './firewall-rules.ts'
import type { FirewallRule } from './firewall-rules.ts'
import { networkLink, wantedFirewallPolicy } from './network-wanted.ts'
import type { Change, Kind, Repair } from './part.ts'

type Policy = protos.google.cloud.compute.v1.IFirewallPolicy

const at = (place: PlanePlace) => ({ project: place.project, firewallPolicy: names.firewallPolicy(place) })

/** What gets through to machines and out of them: the constant rules, and those of single agents beside. */
export const firewallPolicy: Kind<Policy> = {
  noun: 'firewall policy',
  isRegional: false,
  read: ({ policies }, place, options) => policies.get(at(place), options),
  insertion: (place) => ({
    verb: 'insert',
    send: ({ policies }, requestId, options) =>
      policies.insert(
        { project: place.project, firewallPolicyResource: wantedFirewallPolicy(place), requestId },
        options,
      ),
  }),
  repairs: (found, place) => [
    ...ruleChanges(found.rules ?? [], place.planeUid).flatMap((change) => repairsOf(change, place)),
    ...association(found, place),
  ],
  removal: ({ associations }, place) => [
    ...(associations ?? []).map(({ name }) => dissociation(name ?? '', place)),
    {
      verb: 'delete',
      send: ({ policies }, requestId, options) => policies.delete({ ...at(place), requestId }, options),
    },
  ],
}

function association({ associations }: Policy, place: PlanePlace): readonly Repair[] {
  const link = networkLink(place)
  if (
    (associations ?? []).some(({ attachmentTarget }) => attachmentTarget?.endsWith(`/networks/${names.network(place)}`))
  )
    return []
  const firewallPolicyAssociationResource = { name: names.network(place), attachmentTarget: link }
  return [
    {
      problem: 'it is not that of the network',
      verb: 'addAssociation',
      send: ({ policies }, requestId, options) =>
        policies.addAssociation(
          { ...at(place), firewallPolicyAssociationResource, replaceExistingAssociation: true, requestId },
          options,
        ),
    },
  ]
}

const dissociation = (name: string, place: PlanePlace): Change => ({
  verb: `removeAssociation ${name}`,
  send: ({ policies }, requestId, options) => policies.removeAssociation({ ...at(place), name, requestId }, options),
})

function repairsOf(change: RuleChange, place: PlanePlace): readonly Repair[] {
  const { problem } = change
  if (change.do === 'remove') return [{ problem, ...withoutRule(change.priority, place) }]
  if (change.do === 'patch') return [{ problem, ...patchedRule(change.rule, place) }]
  const added = { problem, ...withRule(change.rule, place) }
  return change.do === 'add' ? [added] : [{ problem, ...withoutRule(change.rule.priority, place) }, added]
}

const withRule = (rule: FirewallRule, place: PlanePlace): Change => ({
  verb: `addRule ${rule.priority}`,
  send: ({ policies }, requestId, options) =>
    policies.addRule({ ...at(place), firewallPolicyRuleResource: ruleBody(rule), requestId }, options),
})

const patchedRule = (rule: FirewallRule, place: PlanePlace): Change => ({
  verb: `patchRule ${rule.priority}`,
  send: ({ policies }, requestId, options) =>
    policies.patchRule(
      { ...at(place), priority: rule.priority, firewallPolicyRuleResource: ruleBody(rule), requestId },
      options,
    ),
})

const withoutRule = (priority: number, place: PlanePlace): Change => ({
  verb: `removeRule ${priority}`,
  send: ({ policies }, requestId, options) => policies.removeRule({ ...at(place), priority, requestId }, options),
})
