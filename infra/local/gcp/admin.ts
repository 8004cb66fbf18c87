import { functionAccount } from '../../../shared/documents/names.ts'
import type { GrantsPlan, PlannedBinding } from '../../../shared/grants/plan.ts'
import { everyAccountOf, functionMember } from '../../../shared/grants/roles.ts'
import type { Cloud } from './cloud.ts'
import { isObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'

/** Sends one request; the answer. @throws Error with what was refused */
type Send = (httpMethod: 'GET' | 'POST', url: string, body?: Json) => Promise<JsonObject>

/** A person who owns the projects, at work in a simulated cloud. */
export type Admin = {
  /** Does what `planes grants --script` prints, in a cloud that is calm while it is done. */
  readonly grant: (plan: GrantsPlan) => Promise<void>
  /** Makes accounts for these functions. */
  readonly addAccounts: (controlProject: string, functionNames: readonly string[]) => Promise<void>
  /** Makes the queue for delayed messages, which these functions may fill and `delays` empties. */
  readonly addQueue: (
    controlProject: string,
    queue: { readonly location: string; readonly name: string },
    functionNames: readonly string[],
  ) => Promise<void>
}

/**
 * What filling a queue takes: on its project, and on the account that sends what is in it.
 * https://cloud.google.com/tasks/docs/reference-access-control, https://cloud.google.com/tasks/docs/reference/rest/v2/OAuthToken
 */
const ENQUEUE = ['cloudtasks.tasks.create', 'cloudtasks.tasks.get']
const SEND_AS = ['iam.serviceAccounts.actAs']

/** `email` must own the projects. */
export function admin(cloud: Cloud, email: string): Admin {
  const send = sender(cloud, email)
  const addAccounts: Admin['addAccounts'] = async (controlProject, functionNames) => {
    for (const name of functionNames) {
      const [accountId = ''] = functionAccount(name, controlProject).split('@')
      await send('POST', `/v1/projects/${controlProject}/serviceAccounts`, { accountId })
    }
  }
  return {
    addAccounts,
    grant: async ({ resource, roles, bindings, everyAccount, auditLogs }) => {
      for (const { id: roleId, title, permissions } of roles)
        await addRole(send, resource, { roleId, title, permissions })
      const accounts = everyAccount.length === 0 ? '' : everyAccountOf(await numberOf(send, resource))
      await bind(send, resource, [...bindings, ...everyAccount.map((role) => ({ member: accounts, role }))])
      await keepAuditLogs(send, resource, auditLogs)
    },
    addQueue: async (controlProject, { location, name }, functionNames) => {
      const project = `projects/${controlProject}`
      const parent = `${project}/locations/${location}`
      await send('POST', `/v2/${parent}/queues`, { name: `${parent}/queues/${name}` })
      const members = functionNames.map((functionName) => functionMember(functionName, controlProject))
      await addRole(send, project, { roleId: 'planesEnqueue', title: 'Agents Plane: waits', permissions: ENQUEUE })
      const enqueue = `${project}/roles/planesEnqueue`
      await bind(
        send,
        project,
        members.map((member) => ({ member, role: enqueue })),
      )
      await addRole(send, project, { roleId: 'planesSendAs', title: 'Agents Plane: sender', permissions: SEND_AS })
      const sender = `/v1/${project}/serviceAccounts/${functionAccount('delays', controlProject)}`
      const { etag } = await send('POST', `${sender}:getIamPolicy`)
      const bindings = [{ role: `${project}/roles/planesSendAs`, members }]
      await send('POST', `${sender}:setIamPolicy`, { policy: { version: 3, etag, bindings } })
    },
  }
}

function sender(cloud: Cloud, email: string): Send {
  return async (httpMethod, url, body) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const answer = await cloud.answer({ httpMethod, url, body: text, authorization: `Bearer sim:${email}` })
    if (answer !== 'connection lost' && answer.status === 200 && isObject(answer.body)) return answer.body
    throw new Error(`${httpMethod} ${url}: ${JSON.stringify(answer)}`)
  }
}

type Role = { readonly roleId: string; readonly title: string; readonly permissions: readonly string[] }

const addRole = (send: Send, resource: string, { roleId, title, permissions }: Role): Promise<JsonObject> =>
  send('POST', `/v1/${resource}/roles`, { roleId, role: { title, stage: 'GA', includedPermissions: permissions } })

async function bind(send: Send, resource: string, planned: readonly PlannedBinding[]): Promise<void> {
  const options = { requestedPolicyVersion: 3 }
  const { etag, bindings = [] } = await send('POST', `/v3/${resource}:getIamPolicy`, { options })
  const added = planned.map(({ member, role, condition }) => ({
    role,
    members: [member],
    ...(condition && { condition }),
  }))
  const policy = { version: 3, etag, bindings: [...(bindings as readonly Json[]), ...added] }
  await send('POST', `/v3/${resource}:setIamPolicy`, { policy })
}

async function keepAuditLogs(send: Send, resource: string, wanted: GrantsPlan['auditLogs']): Promise<void> {
  const auditConfigs = Object.entries(wanted).map(([service, types]) => {
    return { service, auditLogConfigs: types.map((logType) => ({ logType })) }
  })
  if (auditConfigs.length === 0) return
  const { etag = '' } = await send('POST', `/v3/${resource}:getIamPolicy`, {})
  const body = { policy: { version: 3, etag, auditConfigs }, updateMask: 'auditConfigs,etag' }
  await send('POST', `/v3/${resource}:setIamPolicy`, body)
}

async function numberOf(send: Send, project: string): Promise<string> {
  const { name = '' } = (await send('GET', `/v3/${project}`)) as { readonly name?: string }
  return name.replace('projects/', '')
}
