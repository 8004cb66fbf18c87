import type { Reported } from '../documents/outcome.ts'
import type { DenyRule, SeparationFacts } from '../documents/separation.ts'
import { denied } from './denied.ts'

/** With one of these somebody may give themselves any other. */
const GRANTING: ReadonlySet<string> = new Set([
  'compute.disks.setIamPolicy',
  'compute.instances.setIamPolicy',
  'compute.snapshots.setIamPolicy',
  'iam.roles.update',
  'iam.serviceAccounts.setIamPolicy',
  'iap.tunnelInstances.setIamPolicy',
  'resourcemanager.folders.setIamPolicy',
  'resourcemanager.organizations.setIamPolicy',
  'resourcemanager.projects.setIamPolicy',
  'secretmanager.secrets.setIamPolicy',
])

const ACT_AS = 'iam.serviceAccounts.actAs'

/**
 * What leads to a secret's value: reading it, becoming its agent, running something as the agent, logging in to its machine,
 * taking or copying its disk. Beside it, what Google asks for besides: who may not act as a machine's account makes none
 * with it, changes none that has it, and does not log in to it.
 * https://cloud.google.com/iam/docs/service-account-permissions, https://cloud.google.com/compute/docs/oslogin/set-up-oslogin
 */
const LEADING: ReadonlyMap<string, string | undefined> = new Map([
  ['secretmanager.versions.access', undefined],
  ['iam.serviceAccountKeys.create', undefined],
  ['iam.serviceAccounts.getAccessToken', undefined],
  ['iam.serviceAccounts.implicitDelegation', undefined],
  ['iam.serviceAccounts.signBlob', undefined],
  ['iam.serviceAccounts.signJwt', undefined],
  [ACT_AS, undefined],
  ['cloudfunctions.functions.update', ACT_AS],
  ['compute.instances.create', ACT_AS],
  ['compute.instances.setMetadata', ACT_AS],
  ['compute.instances.setServiceAccount', ACT_AS],
  ['compute.projects.setCommonInstanceMetadata', ACT_AS],
  ['run.services.update', ACT_AS],
  ['compute.instances.osAdminLogin', ACT_AS],
  ['compute.instances.osLogin', ACT_AS],
  ['compute.disks.createSnapshot', undefined],
  ['compute.disks.use', undefined],
  ['compute.disks.useReadOnly', undefined],
  ['compute.images.create', undefined],
  ['compute.machineImages.create', undefined],
  ['compute.snapshots.useReadOnly', undefined],
])

/** Somebody's way to a secret: by one role on one resource. */
type Way = {
  readonly member: string
  readonly role: string
  readonly resource: string
  readonly granting: boolean
  readonly leading: readonly string[]
}

const MOST_NAMED = 8

/**
 * Whether admins are kept from what agents hold secret, by the policies in force and by nothing else. Every role counts by
 * its permissions, conditions are not believed, and what cannot be told is taken for the worse. Who only administers an
 * organisation's policies is named and does not count: no organisation is without.
 */
export function separationOf(facts: SeparationFacts): Reported {
  const ways = waysIn(facts)
  const counted = ways.filter((way) => !isOrganizationAdmin(way))
  if (facts.unread.length > 0) return unknown(facts.unread, counted)
  if (counted.length === 0) return { status: 'True', reason: 'NoHumanBindings', message: residual(ways) }
  const rules = facts.levels.flatMap(({ denials }) => denials)
  const open = counted.filter((way) => !isShut(way, rules))
  if (open.length > 0 && facts.unreadDenials.length > 0) return unknown(facts.unreadDenials, open)
  if (open.length === 0) return { status: 'True', reason: 'DenyPolicyEnforced', message: LIFTED }
  const owned = open.some(({ role }) => role === 'roles/owner')
  return {
    status: 'False',
    reason: owned ? 'ProjectOwnersPresent' : 'EscalationPossible',
    message: `could read secrets of agents: ${named(open)}`,
  }
}

function waysIn({ levels, permissions, trusted }: SeparationFacts): readonly Way[] {
  return levels.flatMap(({ resource, bindings }) =>
    bindings.flatMap(({ role, members }) =>
      members.filter(isSomebody).flatMap((member): readonly Way[] => {
        if (isGoogles(member, role)) return []
        const beyond = [...(permissions.get(role) ?? [])].filter((held) => trusted.get(member)?.has(held) !== true)
        const leading = beyond.filter((held) => LEADING.has(held))
        const granting = beyond.some((held) => GRANTING.has(held))
        return granting || leading.length > 0 ? [{ member, role, resource, granting, leading }] : []
      }),
    ),
  )
}

/** A deleted account holds nothing: https://cloud.google.com/iam/docs/allow-policies#deleted-principals. */
const isSomebody = (member: string): boolean => !member.startsWith('deleted:')

/**
 * Google's own accounts. One that looks so could be a customer's, in a project named alike, so it is believed only in the
 * roles that Google makes for them.
 * https://cloud.google.com/iam/docs/service-agents
 */
const isGoogles = (member: string, role: string): boolean =>
  /^serviceAccount:\d+@cloudservices\.gserviceaccount\.com$/.test(member) ||
  (/^serviceAccount:service-\d+@(?:gcp-sa-[a-z-]+|compute-system)\.iam\.gserviceaccount\.com$/.test(member) &&
    /serviceAgent$/i.test(role))

const isOrganizationAdmin = ({ resource, granting, leading }: Way): boolean =>
  resource.startsWith('organizations/') && granting && leading.length === 0

/** Whether deny policies leave nothing of a way. Who can grant could come by every other one. */
function isShut({ member, granting, leading }: Way, rules: readonly DenyRule[]): boolean {
  const isDenied = (permission: string): boolean => denied(permission, member, rules)
  return (granting ? [...LEADING.keys()] : leading).every((permission) => {
    const without = LEADING.get(permission)
    return isDenied(permission) || (without !== undefined && isDenied(without))
  })
}

const LIFTED =
  'deny policies bind everybody who holds a role; only who administers those of the organisation lifts them'

function residual(ways: readonly Way[]): string {
  const nobody = 'nobody but the functions holds a role that leads to a secret'
  return ways.length === 0 ? nobody : `${nobody}; the organisation's admins could grant themselves one: ${named(ways)}`
}

function unknown(unread: readonly string[], found: readonly Way[]): Reported {
  const also = found.length === 0 ? '' : `; found so far: ${named(found)}`
  return { status: 'Unknown', reason: 'PoliciesUnreadable', message: `could not be read: ${unread.join('; ')}${also}` }
}

function named(ways: readonly Way[]): string {
  const all = [...new Set(ways.map(({ member, role, resource }) => `${member} (${role} on ${resource})`))]
  const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : ''
  return `${all.slice(0, MOST_NAMED).join(', ')}${more}`
}
