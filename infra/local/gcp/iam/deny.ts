import { asText } from '../json.ts'
import type { Store } from '../store.ts'
import { accountOf, isAccountAddress } from './members.ts'

/** https://cloud.google.com/iam/docs/reference/rest/v2/policies#DenyRule */
export type DenyRule = {
  readonly deniedPrincipals?: readonly string[]
  readonly exceptionPrincipals?: readonly string[]
  readonly deniedPermissions?: readonly string[]
  readonly exceptionPermissions?: readonly string[]
}

/** Where deny policies on a resource are kept; `name` has the project's id. */
export const attachment = (name: string): string =>
  `policies/cloudresourcemanager.googleapis.com%2F${name.replace('/', '%2F')}/denypolicies`

const ATTACHED = /^policies\/cloudresourcemanager\.googleapis\.com%2F(projects|folders|organizations)%2F([^/%]+)\//i

/** What a deny policy is attached to, by its name; undefined when that is none. */
export function attachmentOf(name: string): string | undefined {
  const [, kind, id] = ATTACHED.exec(name) ?? []
  return kind && `${kind}/${id}`
}

/** A permission's v2 name, as `iam.googleapis.com/roles.get`, as allow policies have it; a group of them ends in `*`. */
export function allowName(permission: string): string {
  const [service = '', rest = ''] = permission.split('/')
  const short = service.replace('.googleapis.com', '')
  return `${short === 'cloudresourcemanager' ? 'resourcemanager' : short}.${rest}`
}

type Question = { readonly caller: string; readonly permission: string }

/** Whether a deny policy on one of these forbids it: it beats every allow. */
export function isDenied(question: Question, holders: readonly string[], store: Store): boolean {
  return holders
    .flatMap((holder) => store.list('denyPolicies', `${attachment(holder)}/`))
    .flatMap(({ body }) => (body['rules'] ?? []) as readonly { readonly denyRule?: DenyRule }[])
    .some(({ denyRule }) => denyRule !== undefined && forbids(denyRule, question, store))
}

function forbids(rule: DenyRule, { caller, permission }: Question, store: Store): boolean {
  const { deniedPrincipals = [], exceptionPrincipals = [], deniedPermissions = [], exceptionPermissions = [] } = rule
  const isCaller = (principal: string): boolean => isPrincipal(principal, caller, store)
  const isPermission = (name: string): boolean => covers(allowName(name), permission)
  return (
    deniedPrincipals.some(isCaller) &&
    !exceptionPrincipals.some(isCaller) &&
    deniedPermissions.some(isPermission) &&
    !exceptionPermissions.some(isPermission)
  )
}

/** https://cloud.google.com/iam/docs/deny-overview#permission-groups: `service.*.*`, `service.type.*`, `service.*.verb`. */
const covers = (group: string, permission: string): boolean => {
  const parts = permission.split('.')
  return group.split('.').every((part, index) => part === '*' || part === parts[index])
}

/** https://cloud.google.com/iam/docs/principal-identifiers. Groups have no members here. */
function isPrincipal(principal: string, caller: string, store: Store): boolean {
  if (principal === 'principalSet://goog/public:all') return true
  const [, number] =
    /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\/projects\/(\d+)\/type\/ServiceAccount$/.exec(principal) ??
    []
  if (number !== undefined) {
    const project = asText(accountOf(caller, store)?.body['projectId'])
    return store.find(`projects/${project}`)?.body['projectNumber'] === number
  }
  const prefix = isAccountAddress(caller)
    ? 'principal://iam.googleapis.com/projects/-/serviceAccounts/'
    : 'principal://goog/subject/'
  return principal === `${prefix}${caller}`
}
