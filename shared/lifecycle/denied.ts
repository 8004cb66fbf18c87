import type { DenyRule } from '../documents/separation.ts'

/**
 * Whether one of these rules surely forbids a member of an allow policy this permission. What cannot be told from here
 * (who is in a group, whether a condition is met) is taken for allowed.
 */
export const denied = (permission: string, member: string, rules: readonly DenyRule[]): boolean =>
  rules.some(
    (rule) =>
      rule.denialCondition === undefined &&
      (rule.deniedPermissions ?? []).some((name) => covers(name, permission)) &&
      !(rule.exceptionPermissions ?? []).some((name) => covers(name, permission)) &&
      (rule.deniedPrincipals ?? []).some((principal) => surelyIs(principal, member)) &&
      !(rule.exceptionPrincipals ?? []).some((principal) => maybeIs(principal, member)),
  )

/** Permissions and groups of them: https://cloud.google.com/iam/docs/deny-overview#permission-groups. */
function covers(name: string, permission: string): boolean {
  const [host = '', rest = ''] = name.split('/')
  const service = host.replace(/\.googleapis\.com$/, '')
  const parts = [service === 'cloudresourcemanager' ? 'resourcemanager' : service, ...rest.split('.')]
  const wanted = permission.split('.')
  return parts.length === wanted.length && parts.every((part, index) => part === '*' || part === wanted[index])
}

const EVERYBODY = 'principalSet://goog/public:all'
const ACCOUNT = 'principal://iam.googleapis.com/projects/-/serviceAccounts/'

/** A principal as deny policies name it: https://cloud.google.com/iam/docs/principal-identifiers. */
function inDenials(member: string): string {
  const [kind = '', id = ''] = member.split(/:(.*)/s)
  if (kind === 'user') return `principal://goog/subject/${id.toLowerCase()}`
  if (kind === 'group') return `principalSet://goog/group/${id.toLowerCase()}`
  return kind === 'serviceAccount' ? `${ACCOUNT}${id}` : member
}

const surelyIs = (principal: string, member: string): boolean =>
  principal === EVERYBODY || isSame(principal, inDenials(member))

/** A set may hold anybody of its kind; somebody in a group may be excepted by name. */
function maybeIs(principal: string, member: string): boolean {
  if (principal === EVERYBODY || isSame(principal, inDenials(member))) return true
  const isAccount = member.startsWith('serviceAccount:')
  const isAccounts = principal.startsWith(ACCOUNT) || principal.endsWith('/type/ServiceAccount')
  const isOne = principal.startsWith('principal://') && (isAccount || member.startsWith('user:'))
  return !isOne && (isAccount || !isAccounts)
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
