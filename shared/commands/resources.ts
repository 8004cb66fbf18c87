import type { ResourceView } from '../api/views.ts'
import { names } from '../documents/names.ts'
import type { PlanePlace, Place } from '../documents/names.ts'
import type { AgentStatus, PlaneStatus } from '../documents/status.ts'
import { agentSubject, planeSubject } from '../documents/subject.ts'

/** Everything that was made for an agent and read back, as its status records it. */
export function agentResources(status: AgentStatus | undefined): ResourceView[] {
  if (status === undefined) return []
  const place = agentSubject('', status, undefined)?.place
  if (place === undefined) return []
  const { identity, secrets, egress, disk, machine } = status.resources
  const kept = status.retained.map(({ kind, name, id, zone }) => ({ kind: `kept ${kind}`, name, id, zone }))
  return [
    ...made('account', identity && String(identity['email'] ?? names.account(place)), identity),
    ...secretNames(place, secrets?.['keys']).map((name) => ({ kind: 'secret', name })),
    ...made('egress rule', egress?.['rule'] === true ? names.egressRule(place) : undefined, egress),
    ...made('disk', disk && names.disk(place), disk),
    ...made('machine', machine?.['id'] === undefined ? undefined : names.machine(place), machine, place.zone),
    ...kept,
  ]
}

/** Everything that agents of a plane share, as its status records it. */
export function planeResources(status: PlaneStatus | undefined): ResourceView[] {
  const subject = status && planeSubject(status)
  const network = status?.resources['network']
  if (subject === undefined || network === undefined) return []
  return [...made('network', names.network(subject.place), network), ...parts(subject.place, subject.backend === 'vm')]
}

const parts = (place: PlanePlace, hasParts: boolean): ResourceView[] =>
  hasParts
    ? [
        { kind: 'subnetwork', name: names.subnetwork(place) },
        { kind: 'router', name: names.router(place) },
        { kind: 'NAT', name: names.nat(place) },
        { kind: 'firewall policy', name: names.firewallPolicy(place) },
        { kind: 'snapshot schedule', name: names.snapshotSchedule(place) },
      ]
    : []

type Evidence = AgentStatus['resources'][string] | undefined

function made(kind: string, name: string | undefined, evidence: Evidence, zone?: string): ResourceView[] {
  if (name === undefined) return []
  const { id, zone: found = zone } = evidence ?? {}
  return [
    { kind, name, ...(id !== undefined && { id: String(id) }), ...(found !== undefined && { zone: String(found) }) },
  ]
}

const secretNames = (place: Place, keys: unknown): string[] =>
  typeof keys === 'string' && keys !== '' ? keys.split(' ').map((key) => names.secret(place, key)) : []
