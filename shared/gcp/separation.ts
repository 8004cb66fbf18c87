import type { PlanePlace } from '../documents/names.ts'
import type { Reported } from '../documents/outcome.ts'
import type { DenyRule, Level, SeparationFacts } from '../documents/separation.ts'
import { agedReads } from './aged-reads.ts'
import type { AgedReads } from './aged-reads.ts'
import { googleRequest } from './google.ts'
import type { Google } from './google.ts'
import { readAncestry, readPolicy } from './hierarchy.ts'
import { bindingsOf } from './policies.ts'
import { agedRoles, notes, readRoles, trustedOf } from './separation-reads.ts'
import type { Notes } from './separation-reads.ts'

/** Where the functions run, and what is made of the policies that were read. */
export type SeparationSettings = {
  readonly controlProject: string
  readonly decide: (facts: SeparationFacts) => Reported
}

type ReadSeparation = (place: Pick<PlanePlace, 'project'>) => Promise<Reported>

/** Google lets five deny policies be read a minute: https://cloud.google.com/iam/quotas#quotas. */
const DENIALS = { freshForMs: 5 * 60_000, usableForMs: 30 * 60_000, mostPerMinute: 4 }

/** Reads the policies in force on a plane's project and all it is in; what they mean is decided elsewhere. */
export function googleSeparation(google: Google, { controlProject, decide }: SeparationSettings): ReadSeparation {
  const denials = agedReads(google.clock, DENIALS)
  const roles = agedRoles(google)
  return async ({ project }) => {
    const [policies, denying] = [notes(), notes()]
    const levels = await readLevels(google, project, policies)
    const permissions = await readRoles(levels, policies, roles)
    const facts = { permissions, trusted: trustedOf(project, controlProject) }
    const withDenials = await readDenials(google, levels, denying, denials)
    const fix = fixOf(levels, controlProject)
    return decide({ ...facts, levels: withDenials, unread: policies.told(fix), unreadDenials: denying.told(fix) })
  }
}

/** Above the project an admin has to let the functions read; without an organisation there is nothing above. */
function fixOf(levels: readonly Level[], controlProject: string): string | undefined {
  const number = levels.map(({ resource }) => /^organizations\/(\d+)$/.exec(resource)?.[1]).find(Boolean)
  const command = `planes grants --organization ${number} --control-project ${controlProject} --script`
  return number === undefined ? undefined : `an organisation admin allows it with: ${command}`
}

async function readLevels(google: Google, project: string, policies: Notes): Promise<readonly Level[]> {
  const found = await policies.read(`what ${project} is in`, readAncestry(google, project))
  return Promise.all(
    (found ?? [`projects/${project}`]).map(async (resource) => {
      const policy = await policies.read(`the policy of ${resource}`, readPolicy(google, resource))
      return { resource, bindings: policy === undefined ? [] : bindingsOf(policy), denials: [] }
    }),
  )
}

/** Without an organisation nobody can make deny policies: only roles of an organisation hold the right. */
async function readDenials(
  google: Google,
  levels: readonly Level[],
  denying: Notes,
  denials: AgedReads,
): Promise<readonly Level[]> {
  if (!levels.some(({ resource }) => resource.startsWith('organizations/'))) return levels
  const read: Level[] = []
  for (const level of levels) {
    const what = `deny policies of ${level.resource}`
    const rules = await denying.read(what, denyRules(google, level.resource, denials))
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
