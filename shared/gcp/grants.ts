import type { PlanePlace } from '../documents/names.ts'
import { projectGrants } from '../grants/plan.ts'
import type { GrantsPlan, PlannedBinding, PlannedRole } from '../grants/plan.ts'
import { everyAccountOf, functionMember, roleId } from '../grants/roles.ts'
import { googleRequest } from './google.ts'
import type { Google } from './google.ts'
import { readNumber, readPolicy } from './hierarchy.ts'
import { unless } from './errors.ts'
import { bindingsOf, membersOf } from './policies.ts'
import type { Binding } from './policies.ts'

/** Which function asks: its own permissions are tested, which needs no right. */
const ASKING = 'plane'
const MOST_NAMED = 5

/**
 * What the functions lack in a plane's project, one line for each account that lacks something, then how to grant it.
 * The asking function's permissions are those in force; the others' are worked out from the project's policy.
 * @throws ProviderError
 */
export async function missingGrants(
  google: Google,
  { project }: Pick<PlanePlace, 'project'>,
  controlProject: string,
): Promise<readonly string[]> {
  const plan = projectGrants(project, controlProject)
  const lines = await missingLines(google, plan, functionMember(ASKING, controlProject))
  if (lines.length === 0) return []
  return [...lines, howToGrant(project, controlProject)]
}

/** What an admin does about grants that are missing. */
export const howToGrant = (project: string, controlProject: string): string =>
  `all at once with: planes grants --project ${project} --control-project ${controlProject} --script`

async function missingLines(google: Google, plan: GrantsPlan, asking: string): Promise<readonly string[]> {
  const wanted = plan.roles.find(({ id }) => id === roleId(ASKING))?.permissions ?? []
  const held = await heldHere(google, plan.resource, wanted)
  const lacking = wanted.filter((permission) => !held.includes(permission))
  // Without its own it cannot see what the others hold.
  if (lacking.length > 0) return [line(asking, lacking)]
  const bindings = bindingsOf(await readPolicy(google, plan.resource))
  const lines: string[] = []
  for (const binding of plan.bindings.filter(({ member }) => member !== asking)) {
    const found = await missingOf(google, binding, plan, bindings)
    if (found !== undefined) lines.push(found)
  }
  return [...lines, ...(await missingOfAll(google, plan, bindings))]
}

/** Roles that the accounts of the project lack together. */
async function missingOfAll(
  google: Google,
  { resource, everyAccount }: GrantsPlan,
  bindings: readonly Binding[],
): Promise<readonly string[]> {
  const all = everyAccountOf(await readNumber(google, resource))
  const lacking = everyAccount.filter((role) => !membersOf(bindings, role).includes(all))
  return lacking.length === 0 ? [] : [line(`all accounts of ${resource}`, lacking)]
}

async function missingOf(
  google: Google,
  { member, role, condition }: PlannedBinding,
  plan: GrantsPlan,
  bindings: readonly Binding[],
): Promise<string | undefined> {
  const wanted = plan.roles.find(({ id }) => role === `${plan.resource}/roles/${id}`)
  const held = membersOf(bindings, role, condition).includes(member)
  if (!held)
    return line(member, [`${role}${condition === undefined ? '' : ` (under the condition "${condition.title}")`}`])
  const included = await permissionsOf(google, role)
  const lacking = wanted?.permissions.filter((permission) => !included.includes(permission)) ?? []
  return lacking.length === 0 ? undefined : line(member, lacking)
}

function line(member: string, lacking: readonly string[]): string {
  const more = lacking.length > MOST_NAMED ? ` and ${lacking.length - MOST_NAMED} more` : ''
  return `${member.replace('serviceAccount:', '')}: ${lacking.slice(0, MOST_NAMED).join(' ')}${more}`
}

type Tested = { readonly permissions?: readonly string[] }

/** https://cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions */
async function heldHere(google: Google, resource: string, permissions: readonly string[]): Promise<readonly string[]> {
  const path = `v3/${resource}:testIamPermissions`
  const body = { permissions }
  const tested = await googleRequest<Tested>(google, { service: 'cloudresourcemanager', method: 'POST', path, body })
  return tested.permissions ?? []
}

type Role = { readonly includedPermissions?: PlannedRole['permissions']; readonly deleted?: boolean }

/** A role that is gone, or marked so, gives nothing. */
async function permissionsOf(google: Google, role: string): Promise<readonly string[]> {
  const request = { service: 'iam', method: 'GET', path: `v1/${role}` } as const
  const found = await unless(['NotFound'], googleRequest<Role>(google, request))
  return found === undefined || found.deleted === true ? [] : (found.includedPermissions ?? [])
}
