import { afterAll, beforeAll, expect, test } from 'vitest'
import { triggers } from '../../functions/triggers.ts'
import { isObject } from '../../infra/local/gcp/json.ts'
import type { Json } from '../../infra/local/gcp/json.ts'
import { functionAccount, names } from '../../shared/documents/names.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { googleLogs } from '../../shared/gcp/logs.ts'
import { projectRoles } from '../../shared/grants/roles.ts'
import { ADMIN } from './a-cloud.ts'
import { aGoogle } from './a-google.ts'
import { openFleet } from './fleet.ts'
import type { Exchange, Fleet } from './fleet.ts'
import { aPlane, isOver, LIFE, PLANE, turnPage } from './fleet-life.ts'
import { CONTROL, PROJECT } from './life-cloud.ts'

const COMPUTE = `/compute/v1/projects/${PROJECT}`

let fleet: Fleet
const denied = new Set<string>()
/** Each caller with a role in a policy that it wrote. */
const given = new Set<string>()

type Written = { readonly policy?: { readonly bindings?: readonly { readonly role: string }[] } }

/** Notes who was told that a right is missing, and who gave which role. */
function watch({ request, response }: Exchange): void {
  if (/[:/]setIamPolicy(?:\?|$)/.test(request.url))
    for (const { role } of (JSON.parse(request.body) as Written).policy?.bindings ?? [])
      given.add(`${request.authorization ?? ''} ${role}`)
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
  await fleet.putPlane('acme', { ...PLANE, desiredState: 'removed' })
  await fleet.until(plane.uid, ({ phase }) => phase === 'Purged')
}, 120_000)

const CLOCK = { every: '30m', prompt: 'think' }

afterAll(() => fleet.close())

/** What comes with agents' own policies, and what every function may do where it runs itself. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'iam.serviceAccounts.actAs',
  'cloudtasks.tasks.create',
  'cloudtasks.tasks.get',
])

test.each(triggers.map(({ name }) => name))('%s uses all that it is granted, and nothing else', (name) => {
  const used = fleet.cloud.world.access
    .usage(functionAccount(name, CONTROL))
    .used.filter((permission) => !ELSEWHERE.has(permission))
  const granted = projectRoles[name]?.permissions ?? []
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
