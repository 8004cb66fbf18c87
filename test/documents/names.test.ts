import { expect, test } from 'vitest'
import { identityLabels, isOurs, ownerLabel, planeLabels } from '../../shared/documents/labels.ts'
import { names, uidsOf } from '../../shared/documents/names.ts'
import { agentPath, planePath, uidOf } from '../../shared/documents/uid.ts'

const PLACE = {
  project: 'acme-project',
  region: 'us-east4',
  zone: 'us-east4-a',
  planeUid: 'planeaaaa2',
  uid: 'adaaaaaaa2',
}

// A uid is in the name of everything an agent has: should one of these change, every agent there is would be orphaned.
test.each([
  ['planes/acme', '2026-01-01T00:00:00.000Z', 'ek3xbbcj6t'],
  ['planes/acme/agents/ada', '2026-01-01T00:00:05.000Z', '75abh2zbti'],
  ['planes/acme/agents/ada', '2026-01-01T00:00:05.000001Z', 'q7qk5d2wnw'],
])('the uid of %s, written at %s, is %s for ever', (path, createdAt, uid) => {
  expect(uidOf(path, createdAt)).toBe(uid)
})

test('uids tell names, planes and lives apart, and are ten letters of base 32', () => {
  const paths = [planePath('acme'), agentPath('acme', 'ada'), agentPath('acme', 'bob'), agentPath('other', 'ada')]
  const uids = paths.flatMap((path) => ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'].map((at) => uidOf(path, at)))
  expect(new Set(uids).size).toBe(uids.length)
  for (const uid of uids) expect(uid).toMatch(/^[a-z2-7]{10}$/)
})

test('every name is derived from uids alone', () => {
  expect({
    account: names.account(PLACE),
    machine: names.machine(PLACE),
    disk: names.disk(PLACE),
    secret: names.secret(PLACE, 'notes'),
    egressRule: names.egressRule(PLACE),
    network: names.network(PLACE),
    subnetwork: names.subnetwork(PLACE),
    router: names.router(PLACE),
    nat: names.nat(PLACE),
    firewallPolicy: names.firewallPolicy(PLACE),
    snapshotSchedule: names.snapshotSchedule(PLACE),
  }).toEqual({
    account: 'ap-planeaaaa2-adaaaaaaa2',
    machine: 'ap-planeaaaa2-adaaaaaaa2',
    disk: 'ap-planeaaaa2-adaaaaaaa2-data',
    secret: 'ap-planeaaaa2-adaaaaaaa2-notes',
    egressRule: 'ap-planeaaaa2-adaaaaaaa2',
    network: 'ap-planeaaaa2',
    subnetwork: 'ap-planeaaaa2',
    router: 'ap-planeaaaa2',
    nat: 'ap-planeaaaa2',
    firewallPolicy: 'ap-planeaaaa2',
    snapshotSchedule: 'ap-planeaaaa2',
  })
})

// https://cloud.google.com/iam/docs/service-accounts-create, https://cloud.google.com/compute/docs/naming-resources
test.each([
  ['account', names.account(PLACE), 30],
  ['machine', names.machine(PLACE), 63],
  ['disk', names.disk(PLACE), 63],
  ['egress rule', names.egressRule(PLACE), 63],
  ['network', names.network(PLACE), 63],
  ['secret', names.secret(PLACE, 'a'.repeat(40)), 255],
])('the name of the %s, %s, is within %i characters of the grammar', (_, name, limit) => {
  expect(name.length).toBeLessThanOrEqual(limit)
  expect(name.length).toBeGreaterThanOrEqual(6)
  expect(name).toMatch(/^[a-z](?:[-a-z0-9]*[a-z0-9])$/)
})

test.each<[string, unknown]>([
  ['ap-planeaaaa2-adaaaaaaa2', { planeUid: 'planeaaaa2', uid: 'adaaaaaaa2' }],
  ['ap-planeaaaa2-adaaaaaaa2@acme-project.iam.gserviceaccount.com', { planeUid: 'planeaaaa2', uid: 'adaaaaaaa2' }],
  ['ap-planeaaaa2-adaaaaaaa2-data', undefined],
  ['ap-planeaaaa2-adaaaaaaa1', undefined],
  ['xap-planeaaaa2-adaaaaaaa2', undefined],
  ['1-compute@developer.gserviceaccount.com', undefined],
  ['', undefined],
])('the uids in %j', (account, expected) => {
  expect(uidsOf(account)).toEqual(expected)
})

test('ours is what carries all three labels, whatever else it carries', () => {
  const labels = identityLabels(PLACE)
  expect(isOurs({ ...labels, team: 'search' }, PLACE)).toBe(true)
  for (const key of Object.keys(labels)) {
    expect(isOurs({ ...labels, [key]: 'other' }, PLACE)).toBe(false)
    const { [key]: _, ...rest } = labels
    expect(isOurs(rest, PLACE)).toBe(false)
  }
})

test('labels are within the rules, and tell no address', () => {
  const all = { ...identityLabels(PLACE), ...planeLabels(PLACE), 'ap-owner': ownerLabel('ada@acme.com') }
  for (const [key, value] of Object.entries(all)) {
    expect(key).toMatch(/^[a-z][a-z0-9_-]{0,62}$/)
    expect(value).toMatch(/^[a-z0-9_-]{0,63}$/)
    expect(value).not.toContain('ada@')
  }
  expect(ownerLabel('ada@acme.com')).toBe(ownerLabel('ada@acme.com'))
  expect(ownerLabel('ada@acme.com')).not.toBe(ownerLabel('bob@acme.com'))
})
