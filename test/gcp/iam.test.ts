import { describe, expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import { ADMIN, aCloud, aMachine, aNetwork, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'
import type { TestCloud } from './a-cloud.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const ACCOUNTS = `/v1/${PROJECT}/serviceAccounts`
const JANE = 'user:jane@example.com'
const AUTOMATIC = { replication: { automatic: {} } }

async function withAccounts(...ids: readonly string[]): Promise<TestCloud> {
  const made = aCloud()
  for (const accountId of ids) await must(made.send, `POST ${ACCOUNTS}`, { accountId })
  return made
}

test.each([
  ['no token', undefined],
  ['another scheme', 'Basic sim:admin@example.com'],
  ['a real-looking token', 'Bearer ya29.abc'],
  ['no address', 'Bearer sim:admin'],
])('a request with %s is 401', async (_, authorization) => {
  const { cloud } = aCloud()
  const response = await cloud.answer({ httpMethod: 'GET', url: `/v1/${PROJECT}`, body: '', authorization })
  expect(response).toMatchObject({ status: 401, body: { error: { status: 'UNAUTHENTICATED' } } })
})

test('an account of the project that does not exist, or is disabled, is 401', async () => {
  const { send, as } = await withAccounts('agent-one')
  expect((await as(email('agent-two'))(`GET ${SECRETS}`)).status).toBe(401)
  await must(send, `POST ${ACCOUNTS}/${email('agent-one')}:disable`)
  expect(await as(email('agent-one'))(`GET ${SECRETS}`)).toMatchObject({
    status: 401,
    message: expect.stringContaining('disabled'),
  })
})

describe('a refusal names what is missing', () => {
  test.each([
    [
      `GET ${compute(ZONE)}/instances/vm`,
      "Required 'compute.instances.get' permission for 'projects/demo-project/zones/europe-west1-b/instances/vm'",
    ],
    [
      `GET ${SECRETS}/a/versions/1:access`,
      "Permission 'secretmanager.versions.access' denied for resource 'projects/123456789012/secrets/a/versions/1' (or it may not exist).",
    ],
    [`GET ${ACCOUNTS}`, "Permission 'iam.serviceAccounts.list' denied on resource (or it may not exist)."],
    [`GET /v1/${PROJECT}`, 'The caller does not have permission'],
  ])('%s', async (line, message) => {
    const { as } = aCloud()
    const answer = await as('jane@example.com')(line)
    expect(answer).toMatchObject({ status: 403, message })
    expect(JSON.stringify(answer.body)).toMatch(/"metadata":\{"permission":"[\w.]+","resource":"projects\//)
  })
})

test('a role on one secret gives nothing on another, nor on the project', async () => {
  const { send, as } = await withAccounts('agent-one')
  for (const id of ['mine', 'other']) {
    await must(send, `POST ${SECRETS}?secretId=${id}`, AUTOMATIC)
    await must(send, `POST ${SECRETS}/${id}:addVersion`, { payload: { data: 'aHVzaA==' } })
  }
  const policy = await must(send, `GET ${SECRETS}/mine:getIamPolicy`)
  const bindings = [{ role: 'roles/secretmanager.secretAccessor', members: [`serviceAccount:${email('agent-one')}`] }]
  await must(send, `POST ${SECRETS}/mine:setIamPolicy`, { policy: { etag: policy['etag'], bindings } })
  const agent = as(email('agent-one'))
  expect((await agent(`GET ${SECRETS}/mine/versions/1:access`)).status).toBe(200)
  expect((await agent(`GET ${SECRETS}/other/versions/1:access`)).status).toBe(403)
  expect((await agent(`GET ${SECRETS}/mine`)).status).toBe(403)
  expect((await agent(`GET ${SECRETS}`)).status).toBe(403)
})

test('a custom role gives what it includes, and nothing when it is deleted', async () => {
  const { send, as } = aCloud()
  const role = { title: 'Reader', includedPermissions: ['secretmanager.secrets.list'], stage: 'GA' }
  await must(send, `POST /v1/${PROJECT}/roles`, { roleId: 'apReader', role })
  await grant(send, `/v1/${PROJECT}`, `${PROJECT}/roles/apReader`, JANE)
  const jane = as('jane@example.com')
  expect((await jane(`GET ${SECRETS}`)).status).toBe(200)
  expect((await jane(`POST ${SECRETS}?secretId=a`, AUTOMATIC)).status).toBe(403)
  await must(send, `PATCH /v1/${PROJECT}/roles/apReader?updateMask=includedPermissions`, {
    includedPermissions: ['secretmanager.secrets.create'],
  })
  expect((await jane(`GET ${SECRETS}`)).status).toBe(403)
  expect((await jane(`POST ${SECRETS}?secretId=a`, AUTOMATIC)).status).toBe(200)
  await must(send, `DELETE /v1/${PROJECT}/roles/apReader`)
  expect((await jane(`POST ${SECRETS}?secretId=b`, AUTOMATIC)).status).toBe(403)
  await must(send, `POST /v1/${PROJECT}/roles/apReader:undelete`, {})
  expect((await jane(`POST ${SECRETS}?secretId=b`, AUTOMATIC)).status).toBe(200)
})

test('a custom role of a permission that does not exist is refused', async () => {
  const { send } = aCloud()
  const role = { includedPermissions: ['secretmanager.secrets.listen'] }
  expect(await send(`POST /v1/${PROJECT}/roles`, { roleId: 'apX', role })).toMatchObject({
    status: 400,
    message: expect.stringContaining('listen'),
  })
})

test('a condition on the name limits a project role to resources of that name', async () => {
  const { send, as } = aCloud()
  const condition = 'resource.name.startsWith("projects/123456789012/secrets/ap-")'
  await grant(send, `/v1/${PROJECT}`, 'roles/secretmanager.admin', JANE, condition)
  for (const id of ['ap-one', 'else']) await must(send, `POST ${SECRETS}?secretId=${id}`, AUTOMATIC)
  const jane = as('jane@example.com')
  expect((await jane(`GET ${SECRETS}/ap-one`)).status).toBe(200)
  expect((await jane(`GET ${SECRETS}/else`)).status).toBe(403)
})

test('whoever may change a policy for certain roles only cannot grant another', async () => {
  const { send, as } = await withAccounts('fn-access', 'agent-one')
  const role = {
    includedPermissions: ['iam.serviceAccounts.getIamPolicy', 'iam.serviceAccounts.setIamPolicy'],
    stage: 'GA',
  }
  await must(send, `POST /v1/${PROJECT}/roles`, { roleId: 'apAccess', role })
  const only =
    "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/iam.serviceAccountUser'])"
  await grant(send, `/v1/${PROJECT}`, `${PROJECT}/roles/apAccess`, `serviceAccount:${email('fn-access')}`, only)
  const access = as(email('fn-access'))
  const set = async (granted: string): Promise<number> =>
    (
      await access(`POST ${ACCOUNTS}/${email('agent-one')}:setIamPolicy`, {
        policy: { bindings: [{ role: granted, members: [JANE] }] },
      })
    ).status
  expect(await set('roles/iam.serviceAccountUser')).toBe(200)
  expect(await set('roles/iam.serviceAccountTokenCreator')).toBe(403)
  // Taking the allowed role away and adding another is a change of both.
  expect(await set('roles/owner')).toBe(403)
})

test('a tunnel opens to the port of its condition, for its member, until the instance is another', async () => {
  const { send, cloud } = aCloud()
  await aNetwork(send)
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine('vm'))
  const { id } = await must(send, `GET ${compute(ZONE)}/instances/vm`)
  const tunnel = `projects/123456789012/iap_tunnel/zones/europe-west1-b/instances/${asText(id)}`
  await grant(send, `/v1/${tunnel}`, 'roles/iap.tunnelResourceAccessor', JANE, 'destination.port == 22')
  const resource = tunnel.replace('123456789012', 'demo-project')
  const may = (caller: string, port: number): boolean =>
    cloud.world.access.allows({ caller, resource, port, permission: 'iap.tunnelInstances.accessViaIAP' })
  expect([may('jane@example.com', 22), may('jane@example.com', 443), may('joe@example.com', 22)]).toEqual([
    true,
    false,
    false,
  ])
  await must(send, `DELETE ${compute(ZONE)}/instances/vm`)
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine('vm'))
  expect(may('jane@example.com', 22)).toBe(false)
  expect((await send(`POST /v1/${tunnel}:getIamPolicy`, {})).status).toBe(404)
})

test('a machine that acts as an account needs actAs on that account, and each of its parts a permission', async () => {
  const { send, as, cloud } = await withAccounts('fn-machine', 'agent-one')
  await aNetwork(send)
  const machine = aMachine('vm', {
    serviceAccounts: [{ email: email('agent-one'), scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
    metadata: { items: [{ key: 'a', value: 'b' }] },
    labels: { 'ap-managed': 'true' },
  })
  const needed = [
    'compute.instances.create',
    'compute.instances.setMetadata',
    'compute.instances.setLabels',
    'compute.disks.create',
    'compute.subnetworks.use',
    'compute.instances.setServiceAccount',
  ]
  await must(send, `POST /v1/${PROJECT}/roles`, { roleId: 'apMachine', role: { stage: 'GA' } })
  await grant(send, `/v1/${PROJECT}`, `${PROJECT}/roles/apMachine`, `serviceAccount:${email('fn-machine')}`)
  const insert = (): ReturnType<typeof send> => as(email('fn-machine'))(`POST ${compute(ZONE)}/instances`, machine)
  for (const [index, permission] of needed.entries()) {
    expect(await insert()).toMatchObject({ status: 403, message: expect.stringContaining(`'${permission}'`) })
    const includedPermissions = needed.slice(0, index + 1)
    await must(send, `PATCH /v1/${PROJECT}/roles/apMachine?updateMask=includedPermissions`, { includedPermissions })
  }
  expect(await insert()).toMatchObject({ status: 400, message: expect.stringContaining('iam.serviceAccounts.actAs') })
  await grant(
    send,
    `${ACCOUNTS}/${email('agent-one')}`,
    'roles/iam.serviceAccountUser',
    `serviceAccount:${email('fn-machine')}`,
  )
  expect((await insert()).status).toBe(200)
  const { used, granted } = cloud.world.access.usage(email('fn-machine'))
  expect(used.filter((permission) => !granted.includes(permission))).toEqual([])
  expect(used).toEqual([...needed, 'iam.serviceAccounts.actAs'].toSorted())
})

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform']

test.each([
  ['writes the metadata of a machine', 'setMetadata', { items: [{ key: 'startup-script', value: 'id' }] }],
  ['gives a machine an account', 'setServiceAccount', { email: email('agent-one'), scopes: SCOPES }],
])('who %s needs actAs on its account; who stops and starts it does not', async (_, verb, body) => {
  const { send, as } = await withAccounts('agent-one')
  await aNetwork(send)
  const serviceAccounts = [{ email: email('agent-one'), scopes: SCOPES }]
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine('vm', { serviceAccounts }))
  await grant(send, `/v1/${PROJECT}`, 'roles/compute.instanceAdmin.v1', JANE)
  const jane = as('jane@example.com')
  const machine = `${compute(ZONE)}/instances/vm`
  for (const plain of ['stop', 'start', 'stop']) await must(jane, `POST ${machine}/${plain}`)
  const { metadata } = (await must(jane, `GET ${machine}`)) as { metadata: { fingerprint: string } }
  const { fingerprint } = metadata
  const ask = () => jane(`POST ${machine}/${verb}`, verb === 'setMetadata' ? { ...body, fingerprint } : body)
  // Compute Engine says it in its own words, as it does when a machine is made.
  expect(await ask()).toMatchObject({
    status: 400,
    message: expect.stringMatching(/'agent-one@.*'iam\.serviceAccounts\.actAs'/),
  })
  expect(await must(jane, `GET ${machine}`)).toMatchObject({ metadata })
  await grant(send, `${ACCOUNTS}/${email('agent-one')}`, 'roles/iam.serviceAccountUser', JANE)
  expect((await ask()).status).toBe(200)
})

test('an API that is switched off answers SERVICE_DISABLED until it is switched on', async () => {
  const { send } = aCloud({
    projects: [
      {
        projectId: 'demo-project',
        projectNumber: '123456789012',
        owners: [`user:${ADMIN}`],
        services: ['compute.googleapis.com'],
      },
    ],
  })
  const answer = await send(`GET ${SECRETS}`)
  expect(answer.status).toBe(403)
  expect(JSON.stringify(answer.body)).toContain('SERVICE_DISABLED')
  await must(send, `POST /v1/${PROJECT}/services/secretmanager.googleapis.com:enable`, {})
  expect((await send(`GET ${SECRETS}`)).status).toBe(200)
})
