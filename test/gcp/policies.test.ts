import { expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { ADMIN, aCloud, aMachine, aNetwork, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'
import type { TestCloud } from './a-cloud.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const ACCOUNTS = `/v1/${PROJECT}/serviceAccounts`
const JANE = 'user:jane@example.com'

async function withAccounts(...ids: readonly string[]): Promise<TestCloud> {
  const made = aCloud()
  for (const accountId of ids) await must(made.send, `POST ${ACCOUNTS}`, { accountId })
  return made
}

const manyOf = (count: number, kind: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${kind}:u${index}@example.com`)

const named = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `resource.name == "${index}"`)

test.each([
  ['a role that does not exist', { role: 'roles/nonsense', members: [JANE] }],
  ['a member without a kind', { role: 'roles/viewer', members: ['jane@example.com'] }],
  ['a member without an address', { role: 'roles/viewer', members: ['user:jane'] }],
  ['an account that does not exist', { role: 'roles/viewer', members: [`serviceAccount:${email('nobody')}`] }],
  [
    'a condition that is not understood',
    { role: 'roles/viewer', members: [JANE], condition: { title: 'x', expression: 'true' } },
  ],
  [
    'a condition of 14 parts',
    { role: 'roles/viewer', members: [JANE], condition: { title: 'x', expression: named(14).join(' || ') } },
  ],
  ['1,501 members', { role: 'roles/viewer', members: manyOf(1501, 'user') }],
  ['251 groups', { role: 'roles/viewer', members: manyOf(251, 'group') }],
])('a policy with %s is refused', async (_, binding) => {
  const { send } = aCloud()
  expect((await send(`POST /v1/${PROJECT}:setIamPolicy`, { policy: { version: 3, bindings: [binding] } })).status).toBe(
    400,
  )
})

test.each([
  [20, 200],
  [21, 400],
])('%i bindings of one role for one member answer %i', async (count, status) => {
  const { send } = aCloud()
  const bindings = named(count).map((expression) => {
    return { role: 'roles/viewer', members: [JANE], condition: { title: 'x', expression } }
  })
  expect((await send(`POST /v1/${PROJECT}:setIamPolicy`, { policy: { version: 3, bindings } })).status).toBe(status)
})

test('what a policy may hold at most is taken', async () => {
  const { send } = aCloud()
  const condition = { title: 'x', expression: named(13).join(' || ') }
  const bindings = [
    { role: 'roles/viewer', members: manyOf(250, 'group') },
    // The same groups again count as members, and not as groups.
    { role: 'roles/browser', members: [...manyOf(250, 'group'), ...manyOf(999, 'user')] },
    { role: 'roles/viewer', members: [JANE], condition },
  ]
  expect((await send(`POST /v1/${PROJECT}:setIamPolicy`, { policy: { version: 3, bindings } })).status).toBe(200)
})

const roles = ({ bindings }: JsonObject): unknown => (bindings as readonly JsonObject[]).map(({ role }) => role)

test('conditions need version 3 to be written, and to be read', async () => {
  const { send } = aCloud()
  const binding = {
    role: 'roles/viewer',
    members: [JANE],
    condition: { title: 'x', expression: 'resource.type == "x"' },
  }
  const owner = { role: 'roles/owner', members: [`user:${ADMIN}`] }
  expect(
    (await send(`POST /v1/${PROJECT}:setIamPolicy`, { policy: { version: 1, bindings: [owner, binding] } })).status,
  ).toBe(400)
  await must(send, `POST /v1/${PROJECT}:setIamPolicy`, { policy: { version: 3, bindings: [owner, binding] } })
  expect(roles(await must(send, `POST /v1/${PROJECT}:getIamPolicy`, {}))).toEqual([
    'roles/owner',
    expect.stringMatching(/^roles\/viewer_withcond_/),
  ])
  const full = await must(send, `POST /v1/${PROJECT}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
  expect(full).toMatchObject({ version: 3, bindings: [{}, { condition: binding.condition }] })
})

const READS = [{ service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] }]

test('audit logs change only where a mask names them, and bindings stay where it does not', async () => {
  const { send } = aCloud()
  const read = () => must(send, `POST /v3/${PROJECT}:getIamPolicy`, {})
  const write = (policy: JsonObject, updateMask?: string) =>
    must(send, `POST /v3/${PROJECT}:setIamPolicy`, { policy, ...(updateMask !== undefined && { updateMask }) })
  const { bindings = [] } = await read()
  await write({ auditConfigs: READS }, 'auditConfigs,etag')
  expect(await read()).toMatchObject({ bindings, auditConfigs: READS })
  await write({ bindings, auditConfigs: [] })
  expect(await read()).toMatchObject({ auditConfigs: READS })
  await write({ bindings }, 'bindings,auditConfigs')
  expect(await read()).not.toHaveProperty('auditConfigs')
})

test.each([
  ['a service that is none', { service: 'iam', auditLogConfigs: [{ logType: 'DATA_READ' }] }],
  ['no kind of log', { service: 'iam.googleapis.com', auditLogConfigs: [] }],
  ['a kind that is none', { service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'LOG_TYPE_UNSPECIFIED' }] }],
  ['a kind nobody knows', { service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'ADMIN_WRITE' }] }],
])('audit logs with %s are refused', async (_, config) => {
  const { send } = aCloud()
  const body = { policy: { auditConfigs: [config] }, updateMask: 'auditConfigs' }
  expect((await send(`POST /v3/${PROJECT}:setIamPolicy`, body)).status).toBe(400)
})

test('a policy written with a stale etag is refused: 412 by Compute Engine, ABORTED by the others', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine('vm'))
  const body = { policy: { etag: 'c3RhbGU=', bindings: [] } }
  expect((await send(`POST ${compute(ZONE)}/instances/vm/setIamPolicy`, body)).status).toBe(412)
  expect(await send(`POST /v1/${PROJECT}:setIamPolicy`, body)).toMatchObject({
    status: 409,
    body: { error: { status: 'ABORTED' } },
  })
})

test('a binding of a deleted account shows its unique id and is no right of its successor', async () => {
  const { send, as } = await withAccounts('agent-one')
  await grant(send, `/v1/${PROJECT}`, 'roles/secretmanager.viewer', `serviceAccount:${email('agent-one')}`)
  const members = async (): Promise<string> =>
    JSON.stringify((await must(send, `POST /v1/${PROJECT}:getIamPolicy`, {}))['bindings'])
  const { uniqueId } = await must(send, `GET ${ACCOUNTS}/${email('agent-one')}`)
  await must(send, `DELETE ${ACCOUNTS}/${email('agent-one')}`)
  expect(await members()).toContain(`deleted:serviceAccount:${email('agent-one')}?uid=${asText(uniqueId)}`)
  await must(send, `POST ${ACCOUNTS}`, { accountId: 'agent-one' })
  expect((await as(email('agent-one'))(`GET ${SECRETS}`)).status).toBe(403)
  await must(send, `DELETE ${ACCOUNTS}/${email('agent-one')}`)
  await must(send, `POST ${ACCOUNTS}/${asText(uniqueId)}:undelete`, {})
  expect((await as(email('agent-one'))(`GET ${SECRETS}`)).status).toBe(200)
})

test('testIamPermissions answers what the caller holds, and counts nothing as used', async () => {
  const { as, send, cloud } = aCloud()
  await grant(send, `/v1/${PROJECT}`, 'roles/secretmanager.viewer', JANE)
  const permissions = ['secretmanager.secrets.get', 'secretmanager.versions.access']
  expect(await must(as('jane@example.com'), `POST /v1/${PROJECT}:testIamPermissions`, { permissions })).toEqual({
    permissions: ['secretmanager.secrets.get'],
  })
  expect(cloud.world.access.usage('jane@example.com').used).toEqual([])
})
