import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { TestContext } from 'vitest'
import { admin } from '../../infra/local/gcp/admin.ts'
import { realClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import type { Cloud } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import { organizationGrants, projectGrants } from '../../shared/grants/plan.ts'
import type { GrantsPlan } from '../../shared/grants/plan.ts'
import { roleId } from '../../shared/grants/roles.ts'
import { grantsScript, undoScript } from '../../shared/grants/script.ts'
import { ADMIN, PROJECT } from './a-cloud.ts'
import { CONTROL, governed, ORG_ADMIN, ORGANIZATION, PROJECT_NUMBER } from './governed-cloud.ts'
import { GCLOUD_MS, findGcloud, gcloudEnvironment, gcloudFolder, runScript } from './installed-gcloud.ts'

const PLAN = projectGrants('demo-project', CONTROL)
const ABOVE = organizationGrants(ORGANIZATION.replace(/\D/g, ''), CONTROL)
const EVERY_ACCOUNT = `principalSet://cloudresourcemanager.googleapis.com/projects/${PROJECT_NUMBER}/type/ServiceAccount`

test('the script that takes it back names all that was granted, and deletes no account', () => {
  const script = undoScript(PLAN)
  for (const { id } of PLAN.roles)
    expect(script).toContain(`\ndrop ${id} --project=demo-project ${PROJECT}/roles/${id}\n`)
  for (const { member, role } of PLAN.bindings)
    expect(script).toContain(`\nunbind projects demo-project ${member} ${role}\n`)
  for (const role of PLAN.everyAccount) expect(script).toContain(`/type/ServiceAccount" ${role}\n`)
  expect(script).not.toMatch(/^gcloud iam service-accounts/m)
})

/** Something that is called gcloud, finds nothing there, and writes down the words it is given, one call a line. */
const SCRIBE = `#!/bin/sh
printf '%s|' "$@" >> "$CALLS"
echo >> "$CALLS"
case $2 in describe) echo ${PROJECT_NUMBER} ;; esac
`

/** The words of every call of gcloud that a script makes where there is nothing yet. */
async function callsOf(script: string): Promise<readonly string[]> {
  await using folder = await gcloudFolder()
  const [gcloud, calls] = ['gcloud', 'calls'].map((name) => join(folder.path, name)) as [string, string]
  await writeFile(gcloud, SCRIBE)
  await chmod(gcloud, 0o755)
  await runScript(script, gcloud, { PATH: process.env['PATH'], CALLS: calls })
  return (await readFile(calls, 'utf8')).trim().split('\n')
}

test('the script turns audit logs on in the project, not above it', () => {
  expect(grantsScript(PLAN)).toContain('secretmanager.googleapis.com=DATA_READ,DATA_WRITE')
  expect(grantsScript(ABOVE)).not.toContain('audit')
})

test('a shell makes of the script one call of gcloud for each account, role and binding, word for word', async () => {
  const bound = [
    ...PLAN.bindings.map(({ member, role, condition }) => {
      const text = condition && `^;^title=${condition.title};expression=${condition.expression}`
      return { member, role, condition: text ?? 'None' }
    }),
    ...PLAN.everyAccount.map((role) => ({ member: EVERY_ACCOUNT, role, condition: 'None' })),
  ]
  const calls = (await callsOf(grantsScript(PLAN))).filter((call) =>
    /\|(?:enable|create|add-iam-policy-binding)\|/.test(call),
  )
  expect(calls).toEqual([
    ...['demo-project', CONTROL].map((on) => `services|enable|--project=${on}|${PLAN.services.join('|')}|`),
    ...PLAN.accounts.map(
      ({ id, title }) => `iam|service-accounts|create|${id}|--project=${CONTROL}|--display-name=${title}|`,
    ),
    ...PLAN.roles.map(
      ({ id, title, description, permissions }) =>
        `iam|roles|create|${id}|--project=demo-project|--title=${title}|--description=${description}|` +
        `--permissions=${permissions.join(',')}|--stage=GA|--quiet|`,
    ),
    ...bound.map(
      ({ member, role, condition }) =>
        `projects|add-iam-policy-binding|demo-project|--member=${member}|--role=${role}|` +
        `--condition=${condition}|--format=none|--quiet|`,
    ),
  ])
})

/** The part of a plan that is about some functions: each call of the script is like one of these. */
function partOf(plan: GrantsPlan, ...functionNames: readonly string[]): GrantsPlan {
  const ids = new Set(functionNames.map(roleId))
  const isOf = (member: string): boolean => functionNames.some((name) => member.includes(`-${name}@`))
  return {
    ...plan,
    accounts: plan.accounts.filter(({ id }) => isOf(`${id}@`)),
    roles: plan.roles.filter(({ id }) => ids.has(id)),
    bindings: plan.bindings.filter(({ member }) => isOf(member)),
  }
}

/** Projects in which hardly anything is switched on. */
const fresh: Options = {
  ...governed(),
  projects: governed().projects.map((project) => ({
    ...project,
    services: ['cloudresourcemanager.googleapis.com', 'iam.googleapis.com'],
  })),
  readOnlyFields: 'ignore',
}

const newCloud = (): Cloud => simulatedCloud(fresh, { clock: realClock(), random: seededRandom(5) })

/** A cloud that listens, and what runs a script against it with gcloud, as somebody. */
async function scripted(ctx: TestContext) {
  const gcloud = await findGcloud()
  if (gcloud === undefined) return ctx.skip('gcloud is not installed: the scripts that grant are not run')
  const folder = await gcloudFolder()
  const cloud = newCloud()
  const server = await listen(cloud, 0)
  onTestFinished(async () => {
    await server.close()
    await folder[Symbol.asyncDispose]()
  })
  const run = async (script: string, caller: string): Promise<void> => {
    const { stderr } = await runScript(script, gcloud, gcloudEnvironment(server, { folder: folder.path, caller }))
    // A condition beside bindings without one is what is wanted.
    expect(stderr.replaceAll(/^WARNING: Adding binding with condition .*$/gm, '')).not.toMatch(/WARNING|ERROR/)
  }
  return { cloud, run }
}

/** The bindings of a policy, with accounts as they are called. */
const policyOf = ({ world }: Cloud, name: string) =>
  world.store.get(name).policy?.bindings.map(({ role, members, condition }) => ({
    role,
    members: members.map((member) => member.replace(/\?uid=\d+$/, '')),
    condition: condition?.expression,
  }))

/** What a cloud holds of a plan: what its roles allow, and the policy. */
const heldOf = (cloud: Cloud, { resource, roles }: GrantsPlan) => ({
  roles: roles.map(({ id }) => cloud.world.store.get(`${resource}/roles/${id}`).body['includedPermissions']),
  bindings: policyOf(cloud, resource),
})

/** What somebody keeps of audit logs before the functions come. */
async function auditBefore(cloud: Cloud, auditConfigs: JsonObject[]): Promise<void> {
  const body = JSON.stringify({ policy: { auditConfigs }, updateMask: 'auditConfigs' })
  const request = { httpMethod: 'POST', url: `/v3/${PROJECT}:setIamPolicy`, body }
  expect(await cloud.answer({ ...request, authorization: `Bearer sim:${ADMIN}` })).toMatchObject({ status: 200 })
}

const EXEMPT = { logType: 'DATA_READ', exemptedMembers: [`user:${ADMIN}`] }
const OF_IAP = { service: 'iap.googleapis.com', auditLogConfigs: [EXEMPT] }
const OF_OTHERS = { service: 'storage.googleapis.com', auditLogConfigs: [{ logType: 'ADMIN_READ' }] }

/** What is kept of audit logs once the functions' are, too. */
const AUDITED = [
  OF_OTHERS,
  ...Object.entries(PLAN.auditLogs).map(([service, types]) => ({
    service,
    auditLogConfigs: types.map((logType) =>
      service === OF_IAP.service && logType === EXEMPT.logType ? EXEMPT : { logType },
    ),
  })),
]

test(
  'gcloud grants in a project by the script, twice, and takes back by the other',
  { timeout: GCLOUD_MS },
  async (ctx) => {
    const { cloud, run } = await scripted(ctx)
    // One without a condition, one with one, and one with an apostrophe in its description.
    const functions = ['disk', 'secrets', 'api']
    const plan = partOf(PLAN, ...functions)
    const byHand = newCloud()
    await admin(byHand, ADMIN).addAccounts(CONTROL, functions)
    await admin(byHand, ADMIN).grant(plan)
    await auditBefore(cloud, [OF_IAP, OF_OTHERS])
    await run(grantsScript(plan), ADMIN)
    expect(heldOf(cloud, plan)).toEqual(heldOf(byHand, plan))
    for (const name of [PROJECT, `projects/${CONTROL}`])
      expect(cloud.world.store.get(name).body['services']).toEqual(expect.arrayContaining([...PLAN.services]))

    // What somebody changed by hand is put right.
    const disk = partOf(plan, 'disk')
    const role = `${PROJECT}/roles/${roleId('disk')}`
    const entry = cloud.world.store.get(role)
    cloud.world.store.put({ ...entry, body: { ...entry.body, deleted: true, includedPermissions: [] } })
    await run(grantsScript({ ...disk, services: [], everyAccount: [] }), ADMIN)
    expect(heldOf(cloud, plan)).toEqual(heldOf(byHand, plan))

    // Only what it names is taken back, and nothing when that is gone.
    for (const { everyAccount } of [PLAN, { everyAccount: [] }]) await run(undoScript({ ...disk, everyAccount }), ADMIN)
    const left = policyOf(byHand, PROJECT)?.filter(
      (held) => held.role !== role && !PLAN.everyAccount.includes(held.role),
    )
    expect(policyOf(cloud, PROJECT)).toEqual(left)
    expect(cloud.world.store.get(role).body['deleted']).toBe(true)
    // The logs say what was done: they stay, and so does whoever was exempted from them.
    expect(new Set(cloud.world.store.get(PROJECT).policy?.auditConfigs)).toEqual(new Set(AUDITED))
  },
)

test(
  'gcloud grants in an organisation by the script, and takes back by the other',
  { timeout: GCLOUD_MS },
  async (ctx) => {
    const { cloud, run } = await scripted(ctx)
    const byHand = newCloud()
    for (const one of [cloud, byHand]) await admin(one, ADMIN).addAccounts(CONTROL, ['sweep', 'access'])
    const before = policyOf(cloud, ORGANIZATION)
    await admin(byHand, ORG_ADMIN).grant(ABOVE)
    await run(grantsScript(ABOVE), ORG_ADMIN)
    expect(heldOf(cloud, ABOVE)).toEqual(heldOf(byHand, ABOVE))
    await run(undoScript(ABOVE), ORG_ADMIN)
    expect(policyOf(cloud, ORGANIZATION)).toEqual(before)
    for (const { id } of ABOVE.roles)
      expect(cloud.world.store.get(`${ORGANIZATION}/roles/${id}`).body['deleted']).toBe(true)
  },
)
