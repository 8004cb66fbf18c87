import { functionMember } from '../grants/roles.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { Level } from '../documents/separation.ts'
import type { StepName } from '../documents/message.ts'
import type { Exposure, Own, Policed } from '../ports/exposure.ts'
import { OS_LOGIN, SSH_ONLY, TUNNEL_USER } from './access.ts'
import { unless } from './errors.ts'
import { googleRequest } from './google.ts'
import type { Google, GoogleRequest } from './google.ts'
import { ACCOUNT_USER } from './identity.ts'
import { bindingsOf, membersOf } from './policies.ts'
import type { Condition, Policy } from './policies.ts'
import { SECRET_READER, SECRET_WRITER } from './secrets.ts'
import { agedRoles, notes, readRoles, trustedOf } from './separation-reads.ts'
import type { SeparationSettings } from './separation.ts'
import { accountEmail } from './service-accounts.ts'

/** Who has to hold a role, and which step gives it: `user:ada@example.com`. */
type Expected = {
  readonly role: string
  readonly member: string
  readonly step: StepName
  readonly condition?: Condition
}

/** Something of an agent's own, and who holds roles on it by right. */
type Holder = {
  readonly resource: string
  readonly request: GoogleRequest
  readonly expected: readonly Expected[]
}

/** Reads the policies of an agent's secrets, account and machine; what they mean is decided elsewhere. */
export function googleExposure(google: Google, { controlProject, decide }: SeparationSettings): Exposure {
  const roles = agedRoles(google)
  return async (place, own) => {
    const unread = notes()
    const found = await Promise.all(
      holdersOf(place, own, controlProject).map(async (holder) => {
        // What is gone nobody comes in by; that it is gone is drift.
        const reading = unless(['NotFound'], googleRequest<Policy>(google, holder.request))
        return { holder, policy: await unread.read(`the policy of ${holder.resource}`, reading) }
      }),
    )
    const levels = found.map(({ holder: { resource, expected }, policy }): Level => {
      return { resource, bindings: policy === undefined ? [] : unexpected(policy, expected), denials: [] }
    })
    const permissions = await readRoles(levels, unread, roles)
    const trusted = trustedOf(place.project, controlProject)
    const separation = decide({ levels, permissions, trusted, unread: unread.told(undefined), unreadDenials: [] })
    return {
      ...((separation.status !== 'Unknown' || !unread.isOnlyLimited()) && { separation }),
      missing: found.flatMap(({ holder, policy }) => (policy === undefined ? [] : missing(policy, holder))),
    }
  }
}

/** A condition only narrows what somebody holds who should not hold it at all. */
const unexpected = (policy: Policy, expected: readonly Expected[]): Level['bindings'] =>
  bindingsOf(policy).map(({ role, members }) => ({
    role,
    members: members.filter((member) => !expected.some((one) => one.role === role && one.member === member)),
  }))

/** Expected holders that are not there. To somebody who was deleted nobody can give it back. */
function missing(policy: Policy, { resource, expected }: Holder): Policed['missing'] {
  const lacking = expected.filter(({ role, member, condition }) => {
    const held = membersOf(bindingsOf(policy), role, condition)
    return !held.some((one) => one === member || one.startsWith(`deleted:${member}?`))
  })
  return lacking.map(({ step, role, member }) => ({ step, message: `${member} lost ${role} on ${resource}` }))
}

function holdersOf(place: Place, own: Own, controlProject: string): readonly Holder[] {
  const owner = `user:${own.owner}`
  const { machineId } = own
  return [
    ...own.secrets.map((key) => secretHolder(place, key, owner)),
    accountHolder(place, owner, functionMember('machine', controlProject)),
    diskHolder(place),
    ...(machineId === undefined ? [] : machineHolders(place, machineId, owner)),
  ]
}

function secretHolder(place: Place, key: string, owner: string): Holder {
  const resource = `projects/${place.project}/secrets/${names.secret(place, key)}`
  return {
    resource,
    request: {
      service: 'secretmanager',
      method: 'GET',
      path: `v1/${resource}:getIamPolicy`,
      query: { 'options.requestedPolicyVersion': '3' },
    },
    expected: [
      { role: SECRET_READER, member: `serviceAccount:${accountEmail(place)}`, step: 'secrets' },
      { role: SECRET_WRITER, member: owner, step: 'secrets' },
    ],
  }
}

function accountHolder(place: Place, owner: string, machineMember: string): Holder {
  const resource = `projects/${place.project}/serviceAccounts/${accountEmail(place)}`
  return {
    resource,
    request: {
      service: 'iam',
      method: 'POST',
      path: `v1/${resource}:getIamPolicy`,
      query: { 'options.requestedPolicyVersion': '3' },
    },
    expected: [
      { role: ACCOUNT_USER, member: owner, step: 'access' },
      { role: ACCOUNT_USER, member: machineMember, step: 'identity' },
    ],
  }
}

/** Nobody is to hold anything on a disk: a copy of it has all that the agent wrote. */
function diskHolder({ project, zone, ...place }: Place): Holder {
  const resource = `projects/${project}/zones/${zone}/disks/${names.disk({ project, zone, ...place })}`
  return { resource, request: computePolicy(resource), expected: [] }
}

function machineHolders({ project, zone }: Place, machineId: string, owner: string): readonly Holder[] {
  const machine = `zones/${zone}/instances/${machineId}`
  return [
    {
      resource: `projects/${project}/${machine}`,
      request: computePolicy(`projects/${project}/${machine}`),
      expected: [{ role: OS_LOGIN, member: owner, step: 'access' }],
    },
    {
      resource: `projects/${project}/iap_tunnel/${machine}`,
      request: {
        service: 'iap',
        method: 'POST',
        path: `v1/projects/${project}/iap_tunnel/${machine}:getIamPolicy`,
        body: { options: { requestedPolicyVersion: 3 } },
      },
      expected: [{ role: TUNNEL_USER, member: owner, step: 'access', condition: SSH_ONLY }],
    },
  ]
}

const computePolicy = (resource: string): GoogleRequest => ({
  service: 'compute',
  method: 'GET',
  path: `compute/v1/${resource}/getIamPolicy`,
  query: { optionsRequestedPolicyVersion: '3' },
})
