import { afterAll, beforeAll, expect, test } from 'vitest'
import { reconcilers, triggers } from '../../functions/triggers.ts'
import { permissionsOf } from '../../infra/local/gcp/iam/roles.ts'
import { isObject } from '../../infra/local/gcp/json.ts'
import type { Json } from '../../infra/local/gcp/json.ts'
import { functionAccount, names } from '../../shared/documents/names.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { cloudTasks } from '../../shared/gcp/cloud-tasks.ts'
import { ACCOUNT_USER } from '../../shared/gcp/identity.ts'
import { googleLogs } from '../../shared/gcp/logs.ts'
import { functionMember, projectRoles } from '../../shared/grants/roles.ts'
import { ADMIN } from './a-cloud.ts'
import { aGoogle } from './a-google.ts'
import { openFleet } from './fleet.ts'
import type { Exchange, Fleet } from './fleet.ts'
import { aPlane, isOver, LIFE, PLANE, turnPage } from './fleet-life.ts'
import { CONTROL, LOCATION, PROJECT, QUEUE } from './life-cloud.ts'

const COMPUTE = `/compute/v1/projects/${PROJECT}`

let fleet: Fleet
const denied = new Set<string>()
/** Each caller with a role in a policy that it wrote. */
const given = new Set<string>()

/** Roles by whom a policy gave them to while an agent lived. */
const received = new Map<string, Set<string>>()

type Bound = { readonly role: string; readonly members?: readonly string[] }
type Written = { readonly policy?: { readonly bindings?: readonly Bound[] } }

/** Notes who was told that a right is missing, and who gave which role. */
function watch({ request, response }: Exchange): void {
  if (/[:/]setIamPolicy(?:\?|$)/.test(request.url))
    for (const { role, members = [] } of (JSON.parse(request.body) as Written).policy?.bindings ?? []) {
      given.add(`${request.authorization ?? ''} ${role}`)
      for (const member of members) received.set(member, (received.get(member) ?? new Set()).add(role))
    }
  if (response === 'connection lost' || response.status !== 403 || !isObject(response.body)) return
  denied.add(`${request.authorization ?? ''} ${request.httpMethod} ${request.url} ${JSON.stringify(response.body)}`)
}

/** Does something by hand, as the project's owner. */
async function byHand(httpMethod: string, url: string, body: Json = {}): Promise<Record<string, unknown>> {
  const text = httpMethod === 'GET' ? '' : JSON.stringify(body)
  const answer = await fleet.cloud.answer({ httpMethod, url, body: text, authorization: `Bearer sim:${ADMIN}` })
  if (answer === 'connection lost' || answer.status !== 200 || !isObject(answer.body))
    throw new Error(`${url}: ${JSON.stringify(answer)}`)
  return answer.body
}

const minutes = async (uid: string, count: number): Promise<void> => {
  const untilMs = fleet.clock.nowMs() + count * 60_000
  await fleet.until(uid, () => fleet.clock.nowMs() > untilMs)
}

/** Somebody changes what agents share, and it is put right. */
async function breakNetwork({ uid }: PlaneRef): Promise<void> {
  const name = names.network({ planeUid: uid })
  const region = `${COMPUTE}/regions/europe-west1`
  const { fingerprint = '' } = (await byHand('GET', `${region}/subnetworks/${name}`)) as { fingerprint?: string }
  await byHand('PATCH', `${region}/subnetworks/${name}`, { logConfig: { enable: false }, fingerprint })
  await byHand('POST', `${region}/subnetworks/${name}/setPrivateIpGoogleAccess`, { privateIpGoogleAccess: false })
  await byHand('PATCH', `${region}/routers/${name}`, { nats: [] })
  await byHand('PATCH', `${COMPUTE}/global/networks/${name}`, {
    networkFirewallPolicyEnforcementOrder: 'AFTER_CLASSIC_FIREWALL',
  })
  await byHand('PATCH', `${region}/resourcePolicies/${name}`, {
    snapshotSchedulePolicy: { schedule: { dailySchedule: { daysInCycle: 1, startTime: '05:00' } } },
  })
  await byHand('POST', `${COMPUTE}/global/firewallPolicies/${name}/patchRule?priority=110`, { disabled: true })
}

/** Somebody changes what is one agent's, and it is put right; its disk has a snapshot to go with it. */
async function breakAgent({ planeUid, uid }: AgentRef, zone: string): Promise<void> {
  const place = { project: PROJECT, region: '', zone, planeUid, uid }
  const account = `${names.account(place)}@${PROJECT}.iam.gserviceaccount.com`
  await byHand('POST', `/v1/projects/${PROJECT}/serviceAccounts/${account}:disable`)
  const disk = `${COMPUTE}/zones/${zone}/disks/${names.disk(place)}`
  const { labels = {}, labelFingerprint = '' } = (await byHand('GET', disk)) as {
    labels?: Record<string, string>
    labelFingerprint?: string
  }
  const schedule = `regions/europe-west1/resourcePolicies/${names.snapshotSchedule(place)}`
  await byHand('POST', `${disk}/removeResourcePolicies`, { resourcePolicies: [schedule] })
  await byHand('POST', `${disk}/createSnapshot`, { name: 'scheduled', labels })
  await byHand('POST', `${disk}/setLabels`, { labels: { ...labels, 'ap-owner': 'nobody' }, labelFingerprint })
}

/** Two deliveries ask for one wait, as they do when a message comes twice: the second looks for the first one's. */
async function waitTwice(name: string, plane: PlaneRef): Promise<void> {
  const google = aGoogle(fleet.server, fleet.clock, functionAccount(name, CONTROL))
  const account = functionAccount('delays', CONTROL)
  const delays = cloudTasks(google, { project: CONTROL, location: LOCATION, queue: QUEUE, account })
  const wait = () => delays.schedule({ ref: plane, step: 'network' }, fleet.clock.nowMs() + 86_400_000, name)
  await wait()
  await wait()
}

beforeAll(async () => {
  fleet = await openFleet({ watch })
  const plane = await aPlane(fleet)
  for (const chapter of LIFE) {
    const ref = await turnPage(fleet, 'ada', chapter)
    const status = await fleet.until(ref.uid, isOver(fleet, ref, chapter))
    if (chapter.name !== 'start') continue
    const labelled = { ...chapter, fields: { ...chapter.fields, labels: { team: 'a' }, thinkingClock: CLOCK } }
    await fleet.until((await turnPage(fleet, 'ada', labelled)).uid, isOver(fleet, ref, labelled))
    await breakNetwork(plane)
    await breakAgent(ref, status.pinned?.zone ?? '')
    await minutes(ref.uid, 15)
  }
  const place = { project: PROJECT, region: '', zone: '', planeUid: plane.uid, uid: plane.uid }
  for (const name of ['api', 'slack']) {
    const google = aGoogle(fleet.server, fleet.clock, functionAccount(name, CONTROL))
    await googleLogs(google).read(place, { sinceMs: 0, limit: 10 })
  }
  for (const name of reconcilers) await waitTwice(name, plane)
  await fleet.putPlane('acme', { ...PLANE, desiredState: 'removed' })
  await fleet.until(plane.uid, ({ phase }) => phase === 'Purged')
})

const CLOCK = { every: '30m', prompt: 'think' }

afterAll(() => fleet.close())

/** Roles that a function holds anywhere but on the agents' project: those of its queue, and what came with an agent. */
function rolesElsewhere(name: string): ReadonlySet<string> {
  const member = functionMember(name, CONTROL)
  const standing = fleet.cloud.world.store
    .all()
    .filter((entry) => entry.name !== `projects/${PROJECT}`)
    .flatMap(({ policy }) => policy?.bindings ?? [])
    .filter(({ members }) => members.some((kept) => kept.startsWith(`${member}?`)))
  return new Set([...standing.map(({ role }) => role), ...(received.get(member) ?? [])])
}

/**
 * Who makes machines holds Google's role to use the account of an agent on that account alone, and with it these four:
 * to look at what it is on. https://cloud.google.com/iam/docs/service-account-permissions#user-role
 */
const BESIDE_ACT_AS: ReadonlySet<string> = new Set([
  'iam.serviceAccounts.get',
  'iam.serviceAccounts.list',
  'resourcemanager.projects.get',
  'resourcemanager.projects.list',
])

function grantedElsewhere(name: string): readonly string[] {
  const { access, store } = fleet.cloud.world
  return [...rolesElsewhere(name)].flatMap((role) => {
    const all = [...(permissionsOf(role, access.roles, store) ?? [])]
    return role === ACCOUNT_USER ? all.filter((permission) => !BESIDE_ACT_AS.has(permission)) : all
  })
}

test.each(triggers.map(({ name }) => name))('%s uses all that it is granted, and nothing else', (name) => {
  const { used } = fleet.cloud.world.access.usage(functionAccount(name, CONTROL))
  const granted = [...(projectRoles[name]?.permissions ?? []), ...grantedElsewhere(name)]
  expect({
    [`take from ${name} in shared/grants/roles.json`]: granted.filter((permission) => !used.includes(permission)),
    [`give to ${name} in shared/grants/roles.json`]: used.filter((permission) => !granted.includes(permission)),
  }).toEqual({
    [`take from ${name} in shared/grants/roles.json`]: [],
    [`give to ${name} in shared/grants/roles.json`]: [],
  })
})

test.each(Object.entries(projectRoles).flatMap(([name, { mayGrant = [] }]) => mayGrant.map((role) => [name, role])))(
  '%s, which may give %s, gives it',
  (name, role) => {
    expect([...given]).toContain(`Bearer sim:${functionAccount(name, CONTROL)} ${role}`)
  },
)

test('nobody was told that a right is missing', () => {
  expect([...denied]).toEqual([])
})
