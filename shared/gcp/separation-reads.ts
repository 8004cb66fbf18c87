import type { HeldRole, Level, SeparationFacts } from '../documents/separation.ts'
import { projectGrants } from '../grants/plan.ts'
import { inWords, ProviderError } from '../ports/errors.ts'
import { agedReads } from './aged-reads.ts'
import { googleRequest } from './google.ts'
import type { Google } from './google.ts'

/** What could not be read. */
export type Notes = {
  /** What was read, or undefined and a note. */
  readonly read: <T>(what: string, reading: Promise<T>) => Promise<T | undefined>
  /** In words; with the fix where somebody refused. */
  readonly told: (fix: string | undefined) => readonly string[]
  /** Whether there was no more to it than no room: in a minute it can be read. */
  readonly isOnlyLimited: () => boolean
}

/** Nothing is noted yet. */
export function notes(): Notes {
  const lines: string[] = []
  const refusals: string[] = []
  let limited = 0
  return {
    read: async (what, reading) => {
      try {
        return await reading
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error
        lines.push(`${what} (${inWords(error)})`)
        if (error.kind === 'Denied') refusals.push(what)
        if (error.kind === 'RateLimited') limited += 1
        return undefined
      }
    },
    // Answers come in any order.
    told: (fix) => [...lines.toSorted(), ...(fix === undefined || refusals.length === 0 ? [] : [fix])],
    isOnlyLimited: () => limited > 0 && limited === lines.length,
  }
}

type Role = { readonly includedPermissions?: readonly string[] }
type ReadRole = (role: string) => Promise<Role>

const ROLES = { freshForMs: 10 * 60_000, usableForMs: 10 * 60_000, mostPerMinute: Infinity }

/** Roles by name, each read once in ten minutes. */
export function agedRoles(google: Google): ReadRole {
  const roles = agedReads(google.clock, ROLES)
  return (role) => roles(role, () => googleRequest<Role>(google, { service: 'iam', method: 'GET', path: `v1/${role}` }))
}

/** Permissions by role, of every role in a binding. */
export async function readRoles(
  levels: readonly Level[],
  policies: Notes,
  read: ReadRole,
): Promise<SeparationFacts['permissions']> {
  const names = new Set(levels.flatMap(({ bindings }) => bindings.map(({ role }: HeldRole) => role)))
  const found = await Promise.all(
    [...names].map(async (role) => [role, await policies.read(`the role ${role}`, read(role))] as const),
  )
  return new Map(found.map(([role, body]) => [role, new Set(body?.includedPermissions)]))
}

/** The functions and what they have to hold, under the roles made for it. */
export function trustedOf(project: string, controlProject: string): SeparationFacts['trusted'] {
  const { roles, bindings } = projectGrants(project, controlProject)
  return new Map(
    bindings.map(({ member, role }) => {
      const planned = roles.find(({ id }) => role.endsWith(`/roles/${id}`))
      return [member, new Set(planned?.permissions)]
    }),
  )
}
