import { functionAccount } from '../documents/names.ts'
import data from './roles.json' with { type: 'json' }

/** What one function may do in the agents' project, as a custom role of its own. */
export type FunctionRole = {
  /** What the function has it for, in words for an admin. */
  readonly title: string
  readonly permissions: readonly string[]
  /** The only roles that it may give to somebody or take away, where it writes policies. */
  readonly mayGrant?: readonly string[]
  /** Predefined roles it holds besides, where no custom role can say the same. */
  readonly predefined?: readonly string[]
}

/** Functions by name. The one source: Terraform reads the same file. */
export type FunctionRoles = Readonly<Record<string, FunctionRole>>

/** Services that must be on in the agents' project. */
export const agentServices: readonly string[] = data.services

/**
 * Roles that every account of the agents' project holds on it, in one binding: a policy takes 1,500 appearances of members
 * (https://cloud.google.com/iam/quotas), so that one for each agent would end there.
 */
export const everyAccountRoles: readonly string[] = data.everyAccount

/**
 * Which audit logs the agents' project keeps besides those that Google always keeps, by service: who read a secret, who came
 * in, who became an account. The last are administrative reads, and those of the Service Account Credentials API go by IAM's:
 * https://cloud.google.com/iam/docs/audit-logging/audit-logging-iamcreds
 */
export const auditLogs: Readonly<Record<string, readonly string[]>> = data.auditLogs

/** What functions hold in the agents' project. A function that is missing here holds nothing there. */
export const projectRoles: FunctionRoles = data.functions

/** What functions hold on the organisation: reading only, and nothing stops working without it. */
export const organizationRoles: FunctionRoles = data.organization

/** A function's custom role: `planesOnAgentWritten`. */
export const roleId = (functionName: string): string =>
  `planes${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}`

/** A function's account as policies name it. */
export const functionMember = (functionName: string, controlProject: string): string =>
  `serviceAccount:${functionAccount(functionName, controlProject)}`

/**
 * All service accounts of a project as policies name them: by its number, never its id.
 * https://cloud.google.com/iam/docs/principal-identifiers
 */
export const everyAccountOf = (projectNumber: string): string =>
  `principalSet://cloudresourcemanager.googleapis.com/projects/${projectNumber}/type/ServiceAccount`

/**
 * Under which condition a role is held that writes policies: only these roles may change hands.
 * https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
 */
export function grantCondition({ mayGrant }: FunctionRole): { title: string; expression: string } | undefined {
  if (mayGrant === undefined) return undefined
  const roles = mayGrant.map((role) => `'${role}'`).join(', ')
  const attribute = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', [])"
  return { title: 'grants only', expression: `${attribute}.hasOnly([${roles}])` }
}
