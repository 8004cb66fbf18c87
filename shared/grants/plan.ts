import { functionAccount } from '../documents/names.ts'
import {
  agentServices,
  auditLogs,
  everyAccountRoles,
  functionMember,
  grantCondition,
  organizationRoles,
  projectRoles,
  roleId,
} from './roles.ts'
import type { FunctionRoles } from './roles.ts'

/** A custom role that has to be there. */
export type PlannedRole = {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly permissions: readonly string[]
}

/** Who has to hold a role, and under which condition. */
export type PlannedBinding = {
  readonly member: string
  readonly role: string
  readonly condition?: { readonly title: string; readonly expression: string }
}

/** What an admin grants once on a project or an organisation, as data. */
export type GrantsPlan = {
  /** `projects/P` or `organizations/N`: where the roles are made, and whose policy has the bindings. */
  readonly resource: string
  /** Where the functions run. */
  readonly controlProject: string
  /** Services that must be on in the agents' project and in the functions' own. */
  readonly services: readonly string[]
  /** Accounts in the control project, by id, and what each is for. */
  readonly accounts: readonly { readonly id: string; readonly title: string }[]
  readonly roles: readonly PlannedRole[]
  readonly bindings: readonly PlannedBinding[]
  /** Roles held by all service accounts of the resource, whose number whoever grants them looks up. */
  readonly everyAccount: readonly string[]
  /** Kinds of audit logs to keep, by service. */
  readonly auditLogs: Readonly<Record<string, readonly string[]>>
}

/** What the functions need in a project that agents run in. */
export const projectGrants = (project: string, controlProject: string): GrantsPlan => ({
  ...planned(`projects/${project}`, projectRoles, controlProject),
  services: agentServices,
  everyAccount: everyAccountRoles,
  auditLogs,
  accounts: Object.keys(projectRoles).map((name) => ({
    id: functionAccount(name, controlProject).replace(/@.*/, ''),
    title: titleOf(name),
  })),
})

/** What the functions read of an organisation, given its number. Without it some conditions are Unknown. */
export const organizationGrants = (organization: string, controlProject: string): GrantsPlan => ({
  ...planned(`organizations/${organization}`, organizationRoles, controlProject),
  services: [],
  accounts: [],
  everyAccount: [],
  auditLogs: {},
})

const titleOf = (functionName: string): string => `Agents Plane: ${functionName}`

type Planned = Omit<GrantsPlan, 'services' | 'accounts' | 'everyAccount' | 'auditLogs'>

function planned(resource: string, functions: FunctionRoles, controlProject: string): Planned {
  const all = Object.entries(functions)
  const bindings = all.flatMap(([name, role]): readonly PlannedBinding[] => {
    const condition = grantCondition(role)
    const member = functionMember(name, controlProject)
    const own = { member, role: `${resource}/roles/${roleId(name)}`, ...(condition && { condition }) }
    return [own, ...(role.predefined ?? []).map((held) => ({ member, role: held }))]
  })
  const roles = all.map(([name, { title: description, permissions }]) => {
    return { id: roleId(name), title: titleOf(name), description, permissions }
  })
  return { resource, controlProject, roles, bindings }
}
