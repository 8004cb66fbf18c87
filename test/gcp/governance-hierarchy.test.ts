import { expect, test } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { ADMIN, aCloud, aMachine, aNetwork, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'
import type { TestCloud } from './a-cloud.ts'
import { FOLDER, ORG_ADMIN, ORGANIZATION, PROJECT_NUMBER, denyPolicies, governed } from './governed-cloud.ts'
import { filledIn } from './guide.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const EVERYBODY = 'principalSet://goog/public:all'

const aGovernedCloud = (): TestCloud => aCloud(governed())

const deny = (cloud: TestCloud, on: string, rule: Record<string, readonly string[]>, id = 'no-reading') =>
  must(cloud.as(ORG_ADMIN), `POST ${denyPolicies(on)}?policyId=${id}`, { rules: [{ denyRule: rule }] })

test('a project tells what it is in, and folders and organisations who they are', async () => {
  const { send, as } = aGovernedCloud()
  expect(await must(send, `POST /v1/${PROJECT}:getAncestry`, {})).toEqual({
    ancestor: [
      { resourceId: { type: 'project', id: 'demo-project' } },
      { resourceId: { type: 'folder', id: '2000000002' } },
      { resourceId: { type: 'organization', id: '1000000001' } },
    ],
  })
  expect(await must(send, `GET /v3/${PROJECT}`)).toMatchObject({ parent: FOLDER })
  expect(await must(as(ORG_ADMIN), `GET /v3/${FOLDER}`)).toMatchObject({ parent: ORGANIZATION })
  expect(await must(as(ORG_ADMIN), `GET /v3/${ORGANIZATION}`)).toMatchObject({ displayName: 'example.com' })
  expect(await must(as(ORG_ADMIN), `GET /v1/${ORGANIZATION}`)).toMatchObject({ displayName: 'example.com' })
})

test('a project without a parent stands alone', async () => {
  expect(await must(aCloud().send, `POST /v1/${PROJECT}:getAncestry`, {})).toEqual({
    ancestor: [{ resourceId: { type: 'project', id: 'demo-project' } }],
  })
})

test.each([FOLDER, ORGANIZATION])('who holds a role on %s holds it on what is below', async (above) => {
  const { as } = aGovernedCloud()
  const jane = as('jane@example.com')
  expect(await jane(`GET ${SECRETS}`)).toMatchObject({ status: 403 })
  await grant(as(ORG_ADMIN), `/v3/${above}`, 'roles/secretmanager.admin', 'user:jane@example.com')
  expect(await jane(`GET ${SECRETS}`)).toMatchObject({ status: 200 })
})

test('who may not change a policy above is told so, and what is not there is not told apart', async () => {
  const { send } = aGovernedCloud()
  for (const name of [ORGANIZATION, FOLDER, 'folders/99'])
    expect(await send(`POST /v3/${name}:getIamPolicy`, {})).toMatchObject({ status: 403 })
})

test.each(['projects/demo-project', `projects/${PROJECT_NUMBER}`, FOLDER, ORGANIZATION])(
  'a deny policy on %s binds the owner of the project, and lists without its rules',
  async (on) => {
    const cloud = aGovernedCloud()
    const { send, as } = cloud
    await must(send, `POST ${SECRETS}?secretId=token`, { replication: { automatic: {} } })
    await must(send, `POST ${SECRETS}/token:addVersion`, { payload: { data: 'aGk=' } })
    const read = `GET ${SECRETS}/token/versions/1:access`
    expect(await send(read)).toMatchObject({ status: 200 })
    const deniedPermissions = ['secretmanager.googleapis.com/versions.access']
    await deny(cloud, on, { deniedPrincipals: [EVERYBODY], deniedPermissions })
    expect(await send(read)).toMatchObject({ status: 403 })
    expect(await send(`GET ${SECRETS}/token`)).toMatchObject({ status: 200 })
    const { policies } = await must(as(ORG_ADMIN), `GET ${denyPolicies(on)}`)
    expect(policies).toEqual([expect.not.objectContaining({ rules: expect.anything() as unknown })])
    expect(await must(as(ORG_ADMIN), `GET ${denyPolicies(on)}/no-reading`)).toMatchObject({ rules: [{}] })
    await must(as(ORG_ADMIN), `DELETE ${denyPolicies(on)}/no-reading`)
    expect(await send(read)).toMatchObject({ status: 200 })
  },
)

test.each([
  ['of a person', [`principal://goog/subject/${ADMIN}`], ['secretmanager.googleapis.com/secrets.list'], 200],
  ['of somebody else', ['principal://goog/subject/jane@example.com'], [], 403],
  [
    'of accounts',
    [`principalSet://cloudresourcemanager.googleapis.com/projects/${PROJECT_NUMBER}/type/ServiceAccount`],
    [],
    403,
  ],
])('an exception %s is made for nobody else', async (_, exceptionPrincipals, __, status) => {
  const cloud = aGovernedCloud()
  const deniedPermissions = ['secretmanager.googleapis.com/secrets.list']
  await deny(cloud, PROJECT, { deniedPrincipals: [EVERYBODY], deniedPermissions, exceptionPrincipals })
  expect(await cloud.send(`GET ${SECRETS}`)).toMatchObject({ status })
})

test('accounts of an excepted project go on', async () => {
  const cloud = aGovernedCloud()
  const { send, as } = cloud
  await must(send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'agent-one' })
  const address = 'agent-one@demo-project.iam.gserviceaccount.com'
  await grant(send, `/v1/${PROJECT}`, 'roles/secretmanager.viewer', `serviceAccount:${address}`)
  const rule = { deniedPrincipals: [EVERYBODY], deniedPermissions: ['secretmanager.googleapis.com/*.*'] }
  await deny(cloud, PROJECT, rule, 'everything')
  expect(await as(address)(`GET ${SECRETS}`)).toMatchObject({ status: 403 })
  await must(as(ORG_ADMIN), `DELETE ${denyPolicies(PROJECT)}/everything`)
  const accounts = `principalSet://cloudresourcemanager.googleapis.com/projects/${PROJECT_NUMBER}/type/ServiceAccount`
  await deny(cloud, PROJECT, { ...rule, exceptionPrincipals: [accounts] })
  expect(await as(address)(`GET ${SECRETS}`)).toMatchObject({ status: 200 })
})

test('under the deny policy of the guide an owner changes nothing that a machine runs', async () => {
  const owner = 'you@acme.com'
  const { as } = aCloud(governed([`user:${owner}`]))
  const send = as(owner)
  await must(send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'agent-one' })
  await aNetwork(send)
  const serviceAccounts = [{ email: email('agent-one'), scopes: ['https://www.googleapis.com/auth/cloud-platform'] }]
  const machine = `${compute(ZONE)}/instances`
  await must(send, `POST ${machine}`, aMachine('vm', { serviceAccounts }))
  const tell = async (value: string) => {
    const { metadata } = (await must(send, `GET ${machine}/vm`)) as { metadata: { fingerprint: string } }
    const items = [{ key: 'startup-script', value }]
    return send(`POST ${machine}/vm/setMetadata`, { fingerprint: metadata.fingerprint, items })
  }
  expect(await tell('before')).toMatchObject({ status: 200 })
  const policy = await filledIn('deny-policy.json')
  await must(as(ORG_ADMIN), `POST ${denyPolicies(PROJECT)}?policyId=agents-secrets`, policy)
  const refusal = expect.stringContaining('iam.serviceAccounts.actAs')
  expect(await tell('after')).toMatchObject({ status: 400, message: refusal })
  expect(await send(`POST ${machine}`, aMachine('another', { serviceAccounts }))).toMatchObject({ message: refusal })
})

test('whom the guide excepts for a restore may use a snapshot, and becomes no agent', async () => {
  const owner = 'you@acme.com'
  const { as, cloud } = aCloud(governed([`user:${owner}`]))
  const { rules } = (await filledIn('deny-policy.json')) as { rules: readonly { denyRule: JsonObject }[] }
  const restoring = rules.map(({ denyRule }, index) =>
    index === 2
      ? { denyRule: { ...denyRule, exceptionPrincipals: [`principal://goog/subject/${owner}`] } }
      : { denyRule },
  )
  const policies = denyPolicies(PROJECT)
  const may = async (inForce: typeof rules) => {
    await must(as(ORG_ADMIN), `POST ${policies}?policyId=agents-secrets`, { rules: inForce })
    const held = ['compute.snapshots.useReadOnly', 'iam.serviceAccounts.actAs', 'secretmanager.versions.access'].filter(
      (permission) => cloud.world.access.allows({ caller: owner, permission, resource: PROJECT }),
    )
    await must(as(ORG_ADMIN), `DELETE ${policies}/agents-secrets`)
    return held
  }
  expect(await may(rules)).toEqual([])
  expect(await may(restoring)).toEqual(['compute.snapshots.useReadOnly'])
})

test('an owner of a project may not lift a deny policy', async () => {
  const cloud = aGovernedCloud()
  await deny(cloud, PROJECT, {
    deniedPrincipals: [EVERYBODY],
    deniedPermissions: ['secretmanager.googleapis.com/versions.access'],
  })
  expect(await cloud.send(`DELETE ${denyPolicies(PROJECT)}/no-reading`)).toMatchObject({ status: 403 })
})

test.each([
  [
    'an unknown permission',
    { deniedPrincipals: [EVERYBODY], deniedPermissions: ['secretmanager.googleapis.com/versions.peek'] },
  ],
  ['a condition', { deniedPrincipals: [EVERYBODY], deniedPermissions: [], denialCondition: { expression: 'true' } }],
])('a deny policy with %s is refused', async (_, denyRule) => {
  const { as } = aGovernedCloud()
  const answer = await as(ORG_ADMIN)(`POST ${denyPolicies(PROJECT)}?policyId=some-id`, { rules: [{ denyRule }] })
  expect(answer).toMatchObject({ status: 400 })
})

test('a role of the organisation is granted in its projects', async () => {
  const { as } = aGovernedCloud()
  const role = { roleId: 'lister', role: { title: 'Lists', includedPermissions: ['secretmanager.secrets.list'] } }
  await must(as(ORG_ADMIN), `POST /v1/${ORGANIZATION}/roles`, role)
  await grant(as(ORG_ADMIN), `/v3/${FOLDER}`, `${ORGANIZATION}/roles/lister`, 'user:jane@example.com')
  expect(await as('jane@example.com')(`GET ${SECRETS}`)).toMatchObject({ status: 200 })
})
