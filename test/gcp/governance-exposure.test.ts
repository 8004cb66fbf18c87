import { expect, onTestFinished, test } from 'vitest'
import { isObject } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { names } from '../../shared/documents/names.ts'
import type { Status } from '../../shared/documents/status.ts'
import { ADMIN } from './a-cloud.ts'
import { PROJECT } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { LifeStage } from './life-stage.ts'

const EVE = 'user:eve@example.com'
const ZONE = 'zones/europe-west1-b'
const PLANE = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: ['europe-west1-b'] }

type Told = { readonly stage: LifeStage; readonly plane: string; readonly uid: string; readonly machineId: string }

/** An agent that is Ready in a project in which nobody but the functions holds a role. */
async function aReadyAgent(): Promise<Told> {
  const stage = await lifeStage()
  onTestFinished(() => stage.close())
  const { uid: plane } = await stage.putPlane('acme', PLANE)
  await stage.until(plane, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', { owner: 'ada@example.com', secrets: ['notes'] })
  const ready = await stage.until(uid, ({ phase }) => phase === 'Ready')
  const { id } = ready.resources['machine'] ?? {}
  return { stage, plane, uid, machineId: String(id) }
}

const RESOURCES: Readonly<Record<string, (told: Told) => string>> = {
  secret: ({ plane, uid }) =>
    `v1/projects/${PROJECT}/secrets/${names.secret({ project: PROJECT, region: '', zone: '', planeUid: plane, uid }, 'notes')}`,
  account: ({ plane, uid }) =>
    `v1/projects/${PROJECT}/serviceAccounts/ap-${plane}-${uid}@${PROJECT}.iam.gserviceaccount.com`,
  machine: ({ machineId }) => `compute/v1/projects/${PROJECT}/${ZONE}/instances/${machineId}`,
  tunnel: ({ machineId }) => `v1/projects/${PROJECT}/iap_tunnel/${ZONE}/instances/${machineId}`,
  disk: ({ plane, uid }) => `compute/v1/projects/${PROJECT}/${ZONE}/disks/ap-${plane}-${uid}-data`,
}

async function ask({ stage }: Told, httpMethod: string, url: string, body: object = {}): Promise<JsonObject> {
  const text = httpMethod === 'GET' ? '' : JSON.stringify(body)
  const answer = await stage.cloud.answer({ httpMethod, url, body: text, authorization: `Bearer sim:${ADMIN}` })
  if (answer === 'connection lost' || answer.status !== 200 || !isObject(answer.body))
    throw new Error(`${url}: ${JSON.stringify(answer)}`)
  return answer.body
}

/** Changes who holds what on a resource, as its project's owner may. */
async function bind(told: Told, kind: string, change: (bindings: readonly JsonObject[]) => readonly JsonObject[]) {
  const policy = await policyOf(told, kind)
  const bindings = change((policy['bindings'] ?? []) as readonly JsonObject[])
  await ask(told, 'POST', urlOf(told, kind, 'setIamPolicy'), { policy: { ...policy, version: 3, bindings } })
}

function policyOf(told: Told, kind: string): Promise<JsonObject> {
  const read = ['account', 'tunnel'].includes(kind) ? 'POST' : 'GET'
  const body = kind === 'tunnel' ? { options: { requestedPolicyVersion: 3 } } : {}
  return ask(told, read, urlOf(told, kind, 'getIamPolicy'), body)
}

const urlOf = (told: Told, kind: string, verb: string): string =>
  `/${RESOURCES[kind]?.(told) ?? ''}${kind === 'machine' || kind === 'disk' ? '/' : ':'}${verb}`

const separation = (status: Status) => status.conditions['AdminSeparation']

const GIVEN = [
  ['secret', 'roles/secretmanager.secretAccessor'],
  ['secret', 'roles/secretmanager.admin'],
  ['account', 'roles/iam.serviceAccountTokenCreator'],
  ['account', 'roles/iam.serviceAccountUser'],
  ['machine', 'roles/compute.osAdminLogin'],
  ['disk', 'roles/compute.storageAdmin'],
] as const

test('somebody who is given a role on one thing of an agent’s is told of until it is taken away', async () => {
  const told = await aReadyAgent()
  const { stage, uid } = told
  for (const [kind, role] of GIVEN) {
    await stage.until(uid, (status) => separation(status)?.status === 'True')
    await bind(told, kind, (bindings) => [...bindings, { role, members: [EVE], condition: LATER }])
    const exposed = await stage.until(uid, (status) => separation(status)?.status === 'False')
    expect(separation(exposed)?.message).toContain(`${EVE} (${role} on projects/${PROJECT}/`)
    expect(separation(exposed)?.message).not.toContain('ada@example.com')
    expect(exposed.phase).toBe('Ready')
    await bind(told, kind, (bindings) => bindings.filter(({ members }) => !JSON.stringify(members).includes(EVE)))
  }
  await stage.until(uid, (status) => separation(status)?.status === 'True')
})

/** A condition only narrows what somebody holds. */
const LATER = { title: 'later', expression: "request.time > timestamp('2036-01-01T00:00:00Z')" }

test('a plane says that nobody is kept from secrets while one of its agents is exposed', async () => {
  const told = await aReadyAgent()
  const { stage, plane } = told
  const before = stage.store.status(plane)
  // The project's owner may read all secrets; what this test is about comes beside that.
  expect(before && separation(before)?.reason).toBe('ProjectOwnersPresent')
  await dropOwners(told)
  await stage.until(plane, (status) => separation(status)?.status === 'True')
  const owner = stage.cloud.world.store.find(`projects/${PROJECT}`)
  expect(owner?.policy?.bindings.some(({ role }) => role === 'roles/owner')).toBe(false)
  writeByHand(told, (bindings) => [...bindings, { role: 'roles/secretmanager.secretAccessor', members: [EVE] }])
  const exposed = await stage.until(plane, (status) => separation(status)?.reason === 'AgentsExposed')
  expect(separation(exposed)).toMatchObject({ status: 'False' })
  expect(separation(exposed)?.message).toContain('ada')
})

async function dropOwners(told: Told): Promise<void> {
  const project = `/v3/projects/${PROJECT}`
  const policy = await ask(told, 'POST', `${project}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
  const bindings = (policy['bindings'] as readonly JsonObject[]).filter(({ role }) => role !== 'roles/owner')
  await ask(told, 'POST', `${project}:setIamPolicy`, { policy: { ...policy, version: 3, bindings } })
}

type Held = { readonly role: string; readonly members: readonly string[] }

/** What nobody could write by a request. */
function writeByHand(told: Told, change: (bindings: readonly Held[]) => readonly Held[]): void {
  const { store, clock } = told.stage.cloud.world
  const secret = store.get((RESOURCES['secret']?.(told) ?? '').replace('v1/', ''))
  const bindings = change(secret.policy?.bindings ?? [])
  const inForce = [{ fromMs: clock.nowMs(), bindings }]
  store.put({ ...secret, policy: { ...secret.policy, etag: 'by-hand', bindings, inForce } })
}

test('policies that cannot be read make it unknown, and say which', async () => {
  const told = await aReadyAgent()
  const { stage, uid } = told
  await stage.until(uid, (status) => separation(status)?.status === 'True')
  stage.cloud.world.troubles.add({
    kind: 'unavailable',
    method: 'secretmanager.projects.secrets.getIamPolicy',
    times: 1,
  })
  const unknown = await stage.until(uid, (status) => separation(status)?.status === 'Unknown')
  expect(separation(unknown)?.message).toContain('-notes')
  await stage.until(uid, (status) => separation(status)?.status === 'True')
})

test('a rate that is used up makes unknown what was known, and a look soon after knows it again', async () => {
  const told = await aReadyAgent()
  const { stage, uid } = told
  await stage.until(uid, (status) => separation(status)?.status === 'True')
  const method = 'secretmanager.projects.secrets.getIamPolicy'
  stage.cloud.world.troubles.add({ kind: 'rateLimited', method, times: 1 })
  const unknown = await stage.until(uid, (status) => separation(status)?.status === 'Unknown')
  expect(separation(unknown)?.message).toBe('there was no room to read it; a later sweep does')
  await stage.until(uid, (status) => separation(status)?.status === 'True')
})

test('a read there is no room for hides neither a role that is gone nor what cannot be read either', async () => {
  const told = await aReadyAgent()
  const { stage, uid } = told
  await stage.until(uid, (status) => separation(status)?.status === 'True')
  const role = 'roles/iap.tunnelResourceAccessor'
  await bind(told, 'tunnel', (bindings) => bindings.filter((binding) => binding['role'] !== role))
  const method = 'secretmanager.projects.secrets.getIamPolicy'
  stage.cloud.world.troubles.add({ kind: 'rateLimited', method, times: 1 })
  const unread = await stage.until(uid, (status) => separation(status)?.reason === 'NotReadYet')
  expect(unread.steps['access']?.state).not.toBe('ready')
  await stage.until(uid, (status) => separation(status)?.status === 'True')

  stage.cloud.world.troubles.add({ kind: 'rateLimited', method, times: 1 })
  stage.cloud.world.troubles.add({ kind: 'unavailable', method: 'compute.instances.getIamPolicy', times: 1 })
  const refused = await stage.until(uid, (status) => separation(status)?.status === 'Unknown')
  expect(separation(refused)?.message).toContain('the policy of projects/demo-project/zones/')
})

const GIVEN_BY_US = [
  ['secret', 'roles/secretmanager.secretAccessor', 'secrets'],
  ['secret', 'roles/secretmanager.secretVersionAdder', 'secrets'],
  ['account', 'roles/iam.serviceAccountUser', 'access'],
  ['machine', 'roles/compute.osLogin', 'access'],
  ['tunnel', 'roles/iap.tunnelResourceAccessor', 'access'],
] as const

test('a role of an agent’s or its owner’s that somebody takes away is given again by its step', async () => {
  const told = await aReadyAgent()
  const { stage, uid } = told
  for (const [kind, role, step] of GIVEN_BY_US) {
    const before = await stage.until(uid, ({ phase }) => phase === 'Ready')
    await bind(told, kind, (bindings) => bindings.filter((binding) => binding['role'] !== role))
    await stage.until(uid, ({ steps }) => isAfter(steps[step], before.steps[step]))
    expect(await rolesOn(told, kind)).toContain(role)
  }
})

test('to somebody who was deleted nothing is given again', async () => {
  const told = await aReadyAgent()
  const { stage, uid } = told
  const { steps } = await stage.until(uid, (status) => separation(status)?.status === 'True')
  writeByHand(told, (bindings) => bindings.map((held) => ({ ...held, members: held.members.map(deletedIfAda) })))
  const untilMs = stage.clock.nowMs() + 5 * 60_000
  const after = await stage.until(uid, () => stage.clock.nowMs() > untilMs)
  expect(after.steps).toEqual(steps)
})

const deletedIfAda = (member: string): string =>
  member === 'user:ada@example.com' ? `deleted:${member}?uid=123456789012345678901` : member

type StepRecord = Status['steps'][string] | undefined

const isAfter = (step: StepRecord, before: StepRecord): boolean =>
  step?.state === 'ready' && (step.sinceMs ?? 0) > (before?.sinceMs ?? 0)

async function rolesOn(told: Told, kind: string): Promise<readonly unknown[]> {
  const policy = await policyOf(told, kind)
  return ((policy['bindings'] ?? []) as readonly JsonObject[]).map(({ role }) => role)
}
