import { deleteField, doc, serverTimestamp, setDoc, Timestamp, updateDoc } from 'firebase/firestore'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aPlane, isAllowed, members, rulesUnderTest } from './rules-environment.ts'

const rules = rulesUnderTest()

type Fields = Readonly<Record<string, unknown>>

const create = (path: string, data: Fields) => isAllowed(setDoc(doc(rules.as('admin'), path), data))
const update = (path: string, changes: Fields) => isAllowed(updateDoc(doc(rules.as('admin'), path), changes))

beforeAll(() => rules.seed(members))
beforeEach(() => rules.seed({ 'planes/acme': aPlane() }))

describe('a plane', () => {
  const path = 'planes/acme'
  const all = {
    zones: ['us-east4-a', 'us-east4-b'],
    backend: 'process',
    defaults: { machineType: 'e2-small', openclawVersion: '2026.9.6', egress: { mode: 'open', domains: [] } },
    allowedDomains: ['acme.com'],
    retentionDays: 0,
    orphans: 'report',
    budgetUsdPerMonth: 100,
    desiredState: 'running',
    retry: 0,
  }

  async function createPlane(fields: Fields, name = `p${crypto.randomUUID().slice(0, 8)}`): Promise<boolean> {
    await rules.seed({ [`planes/${name}/members/root@acme.com`]: { createdAt: new Date(0), role: 'admin' } })
    return create(`planes/${name}`, aPlane(fields))
  }

  test('with every field is accepted', async () => {
    expect(await createPlane(all)).toBe(true)
  })

  test.each<[string, Fields]>([
    ['an unknown field', { colour: 'red' }],
    ['a createdAt that is not now', { createdAt: Timestamp.fromMillis(1) }],
    ['a project in capitals', { project: 'ACME' }],
    ['a region that is a zone', { region: 'us-east4-a' }],
    ['zones that are no texts', { zones: [1] }],
    ['defaults of unknown fields', { defaults: { owner: 'x' } }],
    ['defaults of a wrong type', { defaults: { machineType: 2 } }],
    ['a domain that is an address', { allowedDomains: ['a@b.c'] }],
    ['retention of more than a year', { retentionDays: 366 }],
    ['retention of half a day', { retentionDays: 0.5 }],
    ['an unknown way with orphans', { orphans: 'keep' }],
    ['an unknown state', { desiredState: 'stopped' }],
  ])('with %s is refused', async (_, fields) => {
    expect(await createPlane(fields)).toBe(false)
  })

  test('of a bad name is refused', async () => {
    expect(await createPlane({}, 'Acme')).toBe(false)
  })

  test.each<[string, Fields]>([
    ['createdAt', { createdAt: serverTimestamp() }],
    ['the project', { project: 'other-project' }],
    ['the region', { region: 'us-east5' }],
    ['the backend', { backend: 'process' }],
  ])('keeps %s', async (_, changes) => {
    expect(await update(path, changes)).toBe(false)
  })

  test('that is closing stays so', async () => {
    expect(await update(path, { desiredState: 'removed' })).toBe(true)
    expect(await update(path, { desiredState: 'running' })).toBe(false)
    expect(await update(path, { desiredState: deleteField() })).toBe(false)
  })
})

describe('a member', () => {
  const folder = 'planes/acme/members'

  test.each<[string, string, Fields]>([
    ['of an unknown role', 'x@acme.com', { role: 'owner' }],
    ['with an unknown field', 'x@acme.com', { role: 'viewer', note: 'x' }],
    ['that is a group', 'group:x@acme.com', { role: 'viewer' }],
    ['created in the past', 'x@acme.com', { role: 'viewer', createdAt: Timestamp.fromMillis(1) }],
  ])('%s is refused', async (_, name, fields) => {
    expect(await create(`${folder}/${name}`, { createdAt: serverTimestamp(), ...fields })).toBe(false)
  })

  test('keeps createdAt when the role changes', async () => {
    expect(await update(`${folder}/vera@acme.com`, { role: 'admin', createdAt: serverTimestamp() })).toBe(false)
    expect(await update(`${folder}/vera@acme.com`, { role: 'admin' })).toBe(true)
  })
})
