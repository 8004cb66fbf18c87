import { describe, expect, onTestFinished, test } from 'vitest'
import { admin } from '../../infra/local/gcp/admin.ts'
import { realClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import { missingGrants } from '../../shared/gcp/grants.ts'
import { organizationGrants, projectGrants } from '../../shared/grants/plan.ts'
import { organizationRoles, projectRoles, roleId } from '../../shared/grants/roles.ts'
import { grantsScript, undoScript } from '../../shared/grants/script.ts'
import { ADMIN, must, PROJECT } from './a-cloud.ts'
import { aGoogle } from './a-google.ts'
import { aStand } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'
import { CONTROL, governed, ORG_ADMIN, ORGANIZATION } from './governed-cloud.ts'
import { findGcloud, gcloudEnvironment, gcloudFolder, runScript } from './installed-gcloud.ts'

const PLACE = { project: 'demo-project' }
const PLAN = projectGrants('demo-project', CONTROL)
const PLANE = functionAccount('plane', CONTROL)

type Granted = Stand & { readonly missing: () => Promise<readonly string[]> }

async function granted(plan = PLAN): Promise<Granted> {
  const stand = await aStand(governed())
  const person = admin(stand.cloud, ADMIN)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(plan)
  return { ...stand, missing: () => missingGrants(stand.googleAs(PLANE), PLACE, CONTROL) }
}

const policyPath = `/v3/${PROJECT}`

/** Takes a role away from everybody. */
async function unbind({ send }: Stand, role: string): Promise<void> {
  const policy = await must(send, `POST ${policyPath}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
  const bindings = (policy['bindings'] as readonly { readonly role: string }[]).filter((held) => held.role !== role)
  await must(send, `POST ${policyPath}:setIamPolicy`, { policy: { ...policy, version: 3, bindings } })
}

describe('the rights of functions', () => {
  const FORBIDDEN =
    /^(?:secretmanager\.versions\.(?:access|add)|iam\.serviceAccountKeys\.|iam\.roles\.(?:create|update)|resourcemanager\..*\.setIamPolicy|iam\.serviceAccounts\.(?:getAccessToken|signJwt|signBlob|implicitDelegation|actAs)|compute\.instances\.(?:osLogin|osAdminLogin|getSerialPortOutput)|.*\*)/

  test.each(Object.entries({ ...organizationRoles, ...projectRoles }))(
    'of %s read no secret, take no identity and give no project away',
    (_, { permissions, mayGrant, predefined }) => {
      expect(permissions.filter((permission) => FORBIDDEN.test(permission))).toEqual([])
      expect(permissions).toEqual([...new Set(permissions)].toSorted())
      // Whoever writes policies is limited in which roles change hands.
      const writes = permissions.some((permission) => permission.endsWith('.setIamPolicy'))
      expect(mayGrant !== undefined).toBe(writes)
      expect(predefined ?? []).not.toContainEqual(expect.stringMatching(/owner|editor|[Aa]dmin/))
    },
  )

  test('hold of accounts, secrets and machines: who makes one kind may not make another', () => {
    const makers = ['iam.serviceAccounts.create', 'secretmanager.secrets.setIamPolicy', 'compute.instances.create'].map(
      (permission) => Object.keys(projectRoles).filter((name) => projectRoles[name]?.permissions.includes(permission)),
    )
    expect(makers).toEqual([['identity'], ['secrets'], ['machine']])
  })

  test('above a project are to look only', () => {
    const all = Object.values(organizationRoles).flatMap(({ permissions }) => permissions)
    expect(all.filter((permission) => !/\.(?:get|list|getIamPolicy)$/.test(permission))).toEqual([])
  })
})

describe('what is missing', () => {
  test('is nothing once all is granted', async () => {
    const { missing } = await granted()
    expect(await missing()).toEqual([])
  })

  test('is the role of the function that asks, before anything else', async () => {
    const stand = await granted()
    await unbind(stand, `${PROJECT}/roles/${roleId('plane')}`)
    const [first, hint] = await stand.missing()
    expect(first).toMatch(new RegExp(`^${PLANE}: .* and \\d+ more$`))
    expect(hint).toContain('planes grants --project demo-project --control-project control-project --script')
  })

  test.each(Object.keys(projectRoles).filter((name) => name !== 'plane'))('names the role of %s', async (name) => {
    const stand = await granted()
    await unbind(stand, `${PROJECT}/roles/${roleId(name)}`)
    const [first, ...rest] = await stand.missing()
    expect(first).toContain(`${functionAccount(name, CONTROL)}: ${PROJECT}/roles/${roleId(name)}`)
    expect(rest).toHaveLength(1)
  })

  test('names a permission that a role lost', async () => {
    const stand = await granted()
    const role = `/v1/${PROJECT}/roles/${roleId('machine')}`
    const { includedPermissions = [] } = await must(stand.send, `GET ${role}`)
    const left = (includedPermissions as readonly string[]).filter((held) => held !== 'compute.instances.start')
    await must(stand.send, `PATCH ${role}?updateMask=includedPermissions`, { includedPermissions: left })
    expect((await stand.missing())[0]).toBe(`${functionAccount('machine', CONTROL)}: compute.instances.start`)
  })

  test('is what the accounts of all agents hold together', async () => {
    const stand = await granted()
    await unbind(stand, 'roles/logging.logWriter')
    expect((await stand.missing())[0]).toBe(`all accounts of ${PROJECT}: roles/logging.logWriter`)
  })

  test('is a role that was deleted', async () => {
    const stand = await granted()
    await must(stand.send, `DELETE /v1/${PROJECT}/roles/${roleId('disk')}`)
    expect((await stand.missing())[0]).toMatch(/^planes-disk@/)
  })

  test('is the condition that limits what a function may grant', async () => {
    const bindings = PLAN.bindings.map(({ condition: _dropped, ...binding }) => binding)
    const { missing } = await granted({ ...PLAN, bindings })
    const lines = await missing()
    expect(lines.filter((line) => line.includes('under the condition "grants only"'))).toHaveLength(3)
  })
})

test('the script asks for nothing but what is in the plan, and takes no word from a person', () => {
  const script = grantsScript(PLAN)
  for (const { id } of PLAN.roles) expect(script).toContain(`${id} --project=demo-project 'Agents Plane`)
  for (const { permissions } of PLAN.roles) expect(script).toContain(permissions.join(','))
  for (const { member, role } of PLAN.bindings)
    expect(script).toContain(`binding projects demo-project ${member} ${role}`)
  for (const role of PLAN.everyAccount) expect(script).toContain(`/type/ServiceAccount" ${role} None`)
  expect(script).toContain('secretmanager.googleapis.com=DATA_READ,DATA_WRITE')
  expect(grantsScript(organizationGrants('1000000001', CONTROL))).not.toContain('audit')
})

test('the script that takes it back names all that was granted, and deletes no account', () => {
  const script = undoScript(PLAN)
  for (const { id } of PLAN.roles)
    expect(script).toContain(`\ndrop ${id} --project=demo-project ${PROJECT}/roles/${id}\n`)
  for (const { member, role } of PLAN.bindings)
    expect(script).toContain(`\nunbind projects demo-project ${member} ${role}\n`)
  for (const role of PLAN.everyAccount) expect(script).toContain(`/type/ServiceAccount" ${role}\n`)
  expect(script).not.toMatch(/^gcloud iam service-accounts/m)
})

/** What somebody keeps of audit logs before the functions come. */
async function auditBefore(cloud: Stand['cloud'], auditConfigs: JsonObject[]): Promise<void> {
  const body = JSON.stringify({ policy: { auditConfigs }, updateMask: 'auditConfigs' })
  const request = { httpMethod: 'POST', url: `/v3/${PROJECT}:setIamPolicy`, body }
  expect(await cloud.answer({ ...request, authorization: `Bearer sim:${ADMIN}` })).toMatchObject({ status: 200 })
}

test('gcloud grants by both scripts, twice, and takes back by the third', { timeout: 600_000 }, async (ctx) => {
  const gcloud = await findGcloud()
  if (gcloud === undefined) return ctx.skip('gcloud is not installed: the script that grants is not run')
  await using folder = await gcloudFolder()
  const options = { ...governed(), readOnlyFields: 'ignore' } as const
  const cloud = simulatedCloud(options, { clock: realClock(), random: seededRandom(5) })
  const server = await listen(cloud, 0)
  onTestFinished(() => server.close())
  const run = (script: string, caller: string) =>
    runScript(script, gcloud, gcloudEnvironment(server, { folder: folder.path, caller }))
  const missing = () => missingGrants(aGoogle(server, realClock(), PLANE), PLACE, CONTROL)

  const audits = () => cloud.world.store.get(PROJECT).policy?.auditConfigs
  const exempt = { logType: 'DATA_READ', exemptedMembers: [`user:${ADMIN}`] }
  const others = { service: 'storage.googleapis.com', auditLogConfigs: [{ logType: 'ADMIN_READ' }] }
  await auditBefore(cloud, [{ service: 'iap.googleapis.com', auditLogConfigs: [exempt] }, others])

  await run(grantsScript(PLAN), ADMIN)
  expect(await missing()).toEqual([])
  const all = Object.entries(PLAN.auditLogs).map(([service, types]) => ({
    service,
    auditLogConfigs: types.map((logType) =>
      service.startsWith('iap.') && logType === 'DATA_READ' ? exempt : { logType },
    ),
  }))
  expect(new Set(audits())).toEqual(new Set([...all, others]))
  const audited = audits()
  const before = cloud.world.store.get(PROJECT).policy?.bindings
  // What somebody changed by hand is put right.
  const role = `${PROJECT}/roles/${roleId('disk')}`
  const entry = cloud.world.store.get(role)
  cloud.world.store.put({ ...entry, body: { ...entry.body, deleted: true, includedPermissions: [] } })
  const again = grantsScript({
    ...PLAN,
    services: [],
    accounts: PLAN.accounts.slice(0, 1),
    bindings: PLAN.bindings.slice(0, 2),
    everyAccount: [],
    roles: PLAN.roles.filter(({ id }) => id === 'planesDisk'),
  })
  await run(again, ADMIN)
  expect(await missing()).toEqual([])
  expect(cloud.world.store.get(PROJECT).policy?.bindings).toEqual(before)

  // Only what it names is taken back, and nothing when that is gone.
  const taken = PLAN.roles.slice(0, 1)
  const isTaken = ({ role }: { readonly role: string }) => taken.some(({ id }) => role === `${PROJECT}/roles/${id}`)
  const undone = { ...PLAN, roles: taken, bindings: PLAN.bindings.filter(isTaken) }
  for (const { everyAccount } of [PLAN, { everyAccount: [] }]) await run(undoScript({ ...undone, everyAccount }), ADMIN)
  const left = before?.filter((held) => !isTaken(held) && !PLAN.everyAccount.includes(held.role))
  expect(cloud.world.store.get(PROJECT).policy?.bindings).toEqual(left)
  expect(audits()).toEqual(audited)
  for (const { id } of taken) expect(cloud.world.store.get(`${PROJECT}/roles/${id}`).body['deleted']).toBe(true)

  await run(grantsScript(organizationGrants('1000000001', CONTROL)), ORG_ADMIN)
  const above = cloud.world.store.get(ORGANIZATION).policy?.bindings ?? []
  expect(above.map(({ role }) => role)).toEqual(
    expect.arrayContaining([`${ORGANIZATION}/roles/planesSweep`, `${ORGANIZATION}/roles/planesAccess`]),
  )
})
