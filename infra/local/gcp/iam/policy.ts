import { createHash } from 'node:crypto'
import { invalid } from '../errors.ts'
import type { ApiError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { compileCondition } from './conditions.ts'

export type Expr = { readonly expression: string; readonly title?: string; readonly description?: string }
export type Binding = { readonly role: string; readonly members: readonly string[]; readonly condition?: Expr }

/** Which audit logs of a service are kept. */
export type AuditConfig = {
  readonly service?: string
  readonly auditLogConfigs?: readonly { readonly logType?: string; readonly exemptedMembers?: readonly string[] }[]
}

type State = { readonly bindings: readonly Binding[]; readonly auditConfigs?: readonly AuditConfig[] }

/** A resource's policy: as it was last written, and what it was before that is still in force somewhere. */
export type PolicyRecord = State & {
  readonly etag: string
  readonly inForce: readonly { readonly fromMs: number; readonly bindings: readonly Binding[] }[]
}

/** What a request says a policy shall be; what is missing stays as it was. */
export type PolicyWanted = {
  readonly version?: number
  readonly etag?: string
  readonly bindings?: readonly Binding[]
  readonly auditConfigs?: readonly AuditConfig[]
}

// https://cloud.google.com/iam/quotas: every appearance of a principal counts, a group or domain counts once.
const MOST = { principals: 1500, groupsAndDomains: 250, conditions: 20 }

/** The bindings in force at a moment. */
export const bindingsInForce = (policy: PolicyRecord | undefined, nowMs: number): readonly Binding[] =>
  policy?.inForce.findLast(({ fromMs }) => fromMs <= nowMs)?.bindings ?? []

/** A policy as getIamPolicy shows it. Below version 3 conditions are hidden in the role's name. */
export function showPolicy(
  policy: PolicyRecord,
  requestedVersion: number,
  show: (member: string) => string,
): JsonObject {
  const conditional = policy.bindings.some(({ condition }) => condition !== undefined)
  const bindings = policy.bindings.map(({ role, members, condition }): JsonObject => {
    const shown = members.map(show)
    if (condition === undefined) return { members: shown, role }
    if (requestedVersion >= 3) return { condition, members: shown, role }
    return { members: shown, role: `${role}_withcond_${hash(condition)}` }
  })
  return {
    ...(policy.inForce.length > 0 && { version: conditional && requestedVersion >= 3 ? 3 : 1 }),
    ...(bindings.length > 0 && { bindings }),
    ...(policy.auditConfigs !== undefined && policy.auditConfigs.length > 0 && { auditConfigs: policy.auditConfigs }),
    etag: policy.etag,
  }
}

const hash = (condition: Expr): string =>
  createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20)

/** Roles whose members or conditions differ between two policies. */
export function modifiedRoles(before: readonly Binding[], after: readonly Binding[]): readonly string[] {
  const facts = (bindings: readonly Binding[]): Map<string, string> =>
    new Map(
      bindings.flatMap(({ role, members, condition }) =>
        members.map((member) => [`${role}\n${member}\n${JSON.stringify(condition ?? null)}`, role]),
      ),
    )
  const [old, fresh] = [facts(before), facts(after)]
  const changed = [...old].filter(([fact]) => !fresh.has(fact)).concat([...fresh].filter(([fact]) => !old.has(fact)))
  return [...new Set(changed.map(([, role]) => role))]
}

type Context = {
  readonly nextEtag: string
  /** When the change is in force. */
  readonly fromMs: number
  readonly nowMs: number
  /** Throws for a role that does not exist. */
  readonly checkRole: (role: string) => void
  /** The member as it is kept; throws for one that does not exist. */
  readonly keep: (member: string) => string
  /** How a stale etag is refused: Compute Engine answers 412, the others ABORTED. */
  readonly stale: () => ApiError
}

/** The policy after a write. Refuses a stale etag, conditions below version 3, and members or roles that do not exist. */
export function writePolicy(old: PolicyRecord, wanted: PolicyWanted, context: Context): PolicyRecord {
  if (wanted.etag !== undefined && wanted.etag !== '' && plain(wanted.etag) !== plain(old.etag)) throw context.stale()
  const bindings = wanted.bindings?.map((binding) => keepBinding(binding, context)) ?? old.bindings
  refuseOldVersion(old, bindings, wanted.version ?? 0)
  const held = merged(bindings)
  refuseTooMuch(held)
  const auditConfigs = wanted.auditConfigs?.map(checkAudit) ?? old.auditConfigs
  const stillNeeded = old.inForce.filter((_, index) => {
    const next = old.inForce[index + 1]
    return next === undefined || next.fromMs > context.nowMs
  })
  return {
    etag: context.nextEtag,
    bindings: held,
    ...(auditConfigs !== undefined && { auditConfigs }),
    inForce: [...stillNeeded, { fromMs: context.fromMs, bindings }].toSorted((a, b) => a.fromMs - b.fromMs),
  }
}

// base64url and base64 name the same bytes.
const plain = (etag: string): string => Buffer.from(etag, 'base64').toString('hex')

function keepBinding(binding: Binding, { checkRole, keep }: Context): Binding {
  checkRole(binding.role)
  if (binding.condition !== undefined) compileCondition(binding.condition.expression)
  return { ...binding, members: [...new Set((binding.members ?? []).map(keep))] }
}

/** https://cloud.google.com/logging/docs/audit/configure-data-access#auditconfig_objects */
function checkAudit(config: AuditConfig): AuditConfig {
  const { service = '', auditLogConfigs = [] } = config
  if (service !== 'allServices' && !/^[a-z]+\.googleapis\.com$/.test(service))
    throw invalid(`Audit config names the service '${service}', which there is not.`)
  if (auditLogConfigs.length === 0) throw invalid(`Audit config of ${service} has no audit log config.`)
  const unknown = auditLogConfigs.find(({ logType = 'LOG_TYPE_UNSPECIFIED' }) => logType === 'LOG_TYPE_UNSPECIFIED')
  if (unknown !== undefined) throw invalid(`Audit log config of ${service} has no log type.`)
  return config
}

function refuseTooMuch(bindings: readonly Binding[]): void {
  const members = bindings.flatMap((binding) => binding.members)
  if (members.length > MOST.principals)
    throw invalid(`The number of members in the policy is larger than the maximum allowed size ${MOST.principals}.`)
  const many = new Set(members.filter((member) => /^(?:group|domain):/.test(member)))
  if (many.size > MOST.groupsAndDomains)
    throw invalid(`The policy names ${many.size} groups and domains of at most ${MOST.groupsAndDomains}.`)
  const held = bindings.flatMap((binding) => binding.members.map((member) => `${binding.role} for ${member}`))
  const most = [...Map.groupBy(held, (one) => one)].find(([, times]) => times.length > MOST.conditions)
  if (most !== undefined) throw invalid(`There are more than ${MOST.conditions} bindings of ${most[0]}.`)
}

function refuseOldVersion(old: PolicyRecord, bindings: readonly Binding[], version: number): void {
  const conditional = [...old.bindings, ...bindings].some(({ condition }) => condition !== undefined)
  if (conditional && version < 3)
    throw invalid(`Policies with conditions must be written with version 3; this one says ${version}.`)
  if (![0, 1, 3].includes(version)) throw invalid(`Policy version ${version} is not supported.`)
}

/** One binding per role and condition, none without members: what Google makes of a policy it is given. */
function merged(bindings: readonly Binding[]): readonly Binding[] {
  const groups = Map.groupBy(bindings, ({ role, condition }) => JSON.stringify([role, condition ?? null]))
  return [...groups.values()]
    .flatMap(([first, ...rest]) => {
      if (first === undefined) return []
      return [{ ...first, members: [...new Set([first, ...rest].flatMap(({ members }) => members))] }]
    })
    .filter(({ members }) => members.length > 0)
}
