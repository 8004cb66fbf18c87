import { invalid } from '../errors.ts'
import { readData } from '../gate/descriptions.ts'
import type { JsonObject } from '../json.ts'
import type { Store } from '../store.ts'
import { additionalRoles } from './additional-roles.ts'

/** Predefined roles, and what permissions there are at all. */
export type Roles = {
  readonly predefined: ReadonlyMap<string, ReadonlySet<string>>
  readonly permissions: ReadonlySet<string>
}

/** The same for every cloud, so they are read once. */
export const publishedRoles: Roles = readRoles()

function readRoles(): Roles {
  const data = readData('roles') as { readonly roles: Readonly<Record<string, readonly string[]>> }
  const all = { ...additionalRoles, ...data.roles }
  const predefined = new Map(Object.entries(all).map(([role, names]) => [role, new Set(names)]))
  return { predefined, permissions: new Set([...predefined.values()].flatMap((names) => [...names])) }
}

/** Permissions of custom roles by what is stored of them, which is replaced and never changed. */
const customPermissions = new WeakMap<JsonObject, ReadonlySet<string>>()

const CUSTOM = /^(?:projects|organizations)\/[^/]+\/roles\/[\w.]+$/

/** What a role may do, predefined or custom; undefined when there is no such role, or it is deleted or disabled. */
export function permissionsOf(role: string, roles: Roles, store: Store): ReadonlySet<string> | undefined {
  const predefined = roles.predefined.get(role)
  if (predefined !== undefined) return predefined
  const custom = CUSTOM.test(role) ? store.find(role) : undefined
  if (custom === undefined || custom.body['deleted'] === true || custom.body['stage'] === 'DISABLED') return undefined
  const permissions =
    customPermissions.get(custom.body) ?? new Set((custom.body['includedPermissions'] ?? []) as readonly string[])
  customPermissions.set(custom.body, permissions)
  return permissions
}

/** Throws INVALID_ARGUMENT for a role that cannot be granted. */
export function checkRole(role: string, roles: Roles, store: Store): void {
  if (permissionsOf(role, roles, store) === undefined && store.find(role)?.body['deleted'] !== true)
    throw invalid(`Role ${role} is not supported for this resource.`)
}
