import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import { rightRules } from './firewall-drift.ts'
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
  repairs: (found, place) => [...withRules(found, place), ...association(found, place)],
  removal: ({ associations }, place) => [
    ...(associations ?? []).map(({ name }) => dissociation(name ?? '', place)),
    {
      verb: 'delete',
      send: ({ policies }, requestId, options) => policies.delete({ ...at(place), requestId }, options),
    },
  ],
}

/** All rules are replaced at once, and only if nobody changed one since: there is no moment without them. */
function withRules({ rules: found, fingerprint }: Policy, place: PlanePlace): readonly Repair[] {
  const { problems, rules } = rightRules(found ?? [], place.planeUid)
  if (problems.length === 0) return []
  const firewallPolicyResource = { rules: [...rules], fingerprint: fingerprint ?? '' }
  return [
    {
      problems,
      verb: `patch ${fingerprint ?? ''}`,
      send: ({ policies }, requestId, options) =>
        policies.patch({ ...at(place), firewallPolicyResource, requestId }, options),
    },
  ]
}

function association({ associations }: Policy, place: PlanePlace): readonly Repair[] {
  const isOfNetwork = (target?: string | null): boolean =>
    target?.endsWith(`/networks/${names.network(place)}`) === true
  if ((associations ?? []).some(({ attachmentTarget }) => isOfNetwork(attachmentTarget))) return []
  const firewallPolicyAssociationResource = { name: names.network(place), attachmentTarget: networkLink(place) }
  return [
    {
      problems: ['it is not that of the network'],
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
