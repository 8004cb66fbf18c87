import type { PlanePlace } from '../documents/names.ts'
import type { Reported } from '../documents/outcome.ts'
import type { DenyRule, HeldRole, Level, SeparationFacts } from '../documents/separation.ts'
import { projectGrants } from '../grants/plan.ts'
import { ProviderError } from '../ports/errors.ts'
import { agedReads } from './aged-reads.ts'
import type { AgedReads } from './aged-reads.ts'
import { googleRequest } from './google.ts'
import type { Google } from './google.ts'
import { readAncestry, readPolicy } from './hierarchy.ts'
import { bindingsOf } from './policies.ts'

/** Where the functions run, and what is made of the policies that were read. */
export type SeparationSettings = {
  readonly controlProject: string
  readonly decide: (facts: SeparationFacts) => Reported
}

type ReadSeparation = (place: Pick<PlanePlace, 'project'>) => Promise<Reported>

/** Google lets five deny policies be read a minute: https://cloud.google.com/iam/quotas#quotas. */
const DENIALS = { freshForMs: 5 * 60_000, usableForMs: 30 * 60_000, mostPerMinute: 4 }
const ROLES = { freshForMs: 10 * 60_000, usableForMs: 10 * 60_000, mostPerMinute: Infinity }

/** Reads the policies in force on a plane's project and all it is in; what they mean is decided elsewhere. */
export function googleSeparation(google: Google, { controlProject, decide }: SeparationSettings): ReadSeparation {
  const denials = agedReads(google.clock, DENIALS)
  const roles = agedReads(google.clock, ROLES)
  return async ({ project }) => {
    const unread: string[] = []
    const unreadDenials: string[] = []
    const resources = (await noted(unread, `what ${project} is in`, readAncestry(google, project))) ?? []
    const levels = await Promise.all(
      (resources.length === 0 ? [`projects/${project}`] : resources).map(async (resource): Promise<Level> => {
        const policy = await noted(unread, `the policy of ${resource}`, readPolicy(google, resource))
        return { resource, bindings: policy === undefined ? [] : bindingsOf(policy), denials: [] }
      }),
    )
    const permissions = await readRoles(google, levels, { unread, roles })
    const withDenials = await readDenials(google, levels, { unreadDenials, denials })
    if (unread.length + unreadDenials.length > 0)
      hint(unread.length > 0 ? unread : unreadDenials, levels, controlProject)
    const trusted = trustedOf(project, controlProject)
    return decide({ levels: withDenials, permissions, trusted, unread, unreadDenials })
  }
}

/** What was read, or undefined and a line in `unread`. */
async function noted<T>(unread: string[], what: string, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    unread.push(`${what} (${inWords(error)})`)
    return undefined
  }
}

/** The same words each time: what changes from sweep to sweep would be written down each time. */
const inWords = ({ kind, message }: ProviderError): string =>
  kind === 'Denied' || kind === 'Invalid' ? message : `the answer was ${kind}`

/** Who reads it belongs to the control project: above the project an admin has to let it. */
function hint(unread: string[], levels: readonly Level[], controlProject: string): void {
  const number = levels.map(({ resource }) => /^organizations\/(\d+)$/.exec(resource)?.[1]).find(Boolean)
  if (number === undefined) return
  unread.push(
    `an organisation admin allows it with: planes grants --organization ${number} --control-project ${controlProject} --script`,
  )
}

type Role = { readonly includedPermissions?: readonly string[] }

async function readRoles(
  google: Google,
  levels: readonly Level[],
  { unread, roles }: { readonly unread: string[]; readonly roles: AgedReads },
): Promise<SeparationFacts['permissions']> {
  const names = new Set(levels.flatMap(({ bindings }) => bindings.map(({ role }: HeldRole) => role)))
  const read = (role: string): Promise<Role> =>
    roles(role, () => googleRequest<Role>(google, { service: 'iam', method: 'GET', path: `v1/${role}` }))
  const found = await Promise.all(
    [...names].map(async (role) => [role, await noted(unread, `the role ${role}`, read(role))] as const),
  )
  return new Map(found.map(([role, body]) => [role, new Set(body?.includedPermissions)]))
}

/** Without an organisation nobody can make deny policies: only roles of an organisation hold the right. */
async function readDenials(
  google: Google,
  levels: readonly Level[],
  { unreadDenials, denials }: { readonly unreadDenials: string[]; readonly denials: AgedReads },
): Promise<readonly Level[]> {
  if (!levels.some(({ resource }) => resource.startsWith('organizations/'))) return levels
  const read: Level[] = []
  for (const level of levels) {
    const what = `deny policies of ${level.resource}`
    const rules = await noted(unreadDenials, what, denyRules(google, level.resource, denials))
    read.push({ ...level, denials: rules ?? [] })
  }
  return read
}

type Listed = { readonly policies?: readonly { readonly name: string; readonly etag?: string }[] }
type DenyPolicy = { readonly rules?: readonly { readonly denyRule?: DenyRule }[] }

/** A list leaves the rules out. https://cloud.google.com/iam/docs/reference/rest/v2/policies/listPolicies */
async function denyRules(google: Google, resource: string, denials: AgedReads): Promise<readonly DenyRule[]> {
  const get = <T>(path: string): Promise<T> =>
    denials(path, () => googleRequest<T>(google, { service: 'iam', method: 'GET', path }))
  const attached = `policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/${resource}`)}/denypolicies`
  const { policies = [] } = await get<Listed>(`v2/${attached}?pageSize=1000`)
  const rules: DenyRule[] = []
  for (const { name } of policies) {
    const policy = await get<DenyPolicy>(`v2/${attached}/${name.slice(name.lastIndexOf('/') + 1)}`)
    rules.push(...(policy.rules ?? []).flatMap(({ denyRule }) => (denyRule === undefined ? [] : [denyRule])))
  }
  return rules
}

/** The functions and what they have to hold, under the roles made for it. */
function trustedOf(project: string, controlProject: string): SeparationFacts['trusted'] {
  const { roles, bindings } = projectGrants(project, controlProject)
  return new Map(
    bindings.map(({ member, role }) => {
      const planned = roles.find(({ id }) => role.endsWith(`/roles/${id}`))
      return [member, new Set(planned?.permissions)]
    }),
  )
}
