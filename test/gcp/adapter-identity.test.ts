import { describe, expect, test } from 'vitest'
import { typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import { googleIdentity } from '../../shared/gcp/identity.ts'
import type { Google } from '../../shared/gcp/google.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import type { IdentityPort } from '../../shared/ports/backend.ts'
import { accountChecks } from '../contract/backend.ts'
import { ADMIN, email, grant, must } from './a-cloud.ts'
import { aStand, changes, EXPIRED, INTENT, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'
import { onlyBackend } from './only-backend.ts'

const ID = 'ap-planeuid22-agentuid22'
const RESOURCE = `/v1/projects/demo-project/serviceAccounts/${email(ID)}`
const MACHINE = 'planes-machine@control-project.iam.gserviceaccount.com'
const USER = 'roles/iam.serviceAccountUser'

const identityOf = (google: Google): IdentityPort => googleIdentity(google, { machineAccount: MACHINE })

const policy = async ({ send }: Stand) => (await must(send, `POST ${RESOURCE}:getIamPolicy`))['bindings']

test.each(Object.entries(accountChecks))('%s', async (_, check) => {
  expect.hasAssertions()
  const { google } = await aStand()
  await check(onlyBackend({ identity: identityOf(google) }))
})

test('an account says whose it is, and has no role anywhere', async () => {
  const stand = await aStand()
  const made = await identityOf(stand.google).create(INTENT, PLACE)
  expect(made).toEqual({
    uniqueId: expect.stringMatching(/^\d{21}$/),
    email: email(ID),
    disabled: false,
    ours: true,
    attachable: false,
  })
  expect(await must(stand.send, `GET ${RESOURCE}`)).toMatchObject({
    description: expect.stringMatching(/^ap-managed=true ap-plane=planeuid22 ap-agent-uid=agentuid22 ap-created=\d+$/),
  })
  expect(JSON.stringify(stand.cloud.world.store.all().map(({ policy: held }) => held))).not.toContain(email(ID))
})

describe('made twice', () => {
  test('an account is one account, whichever answer is lost', async () => {
    const stand = await aStand()
    const identity = identityOf(stand.google)
    stand.cloud.world.troubles.add({ kind: 'lostAnswer', method: 'iam.projects.serviceAccounts.create' })
    await expect(identity.create(INTENT, PLACE)).rejects.toMatchObject({ kind: 'Unavailable' })
    const made = await identity.create(INTENT, PLACE)
    stand.cloud.world.troubles.add({ kind: 'lostAnswer', method: 'iam.projects.serviceAccounts.setIamPolicy' })
    await expect(identity.makeAttachable(INTENT, PLACE)).rejects.toMatchObject({ kind: 'Unavailable' })
    const before = stand.requests.length
    await identity.makeAttachable(INTENT, PLACE)
    expect(changes(stand.requests.slice(before))).toEqual([])
    expect(await identity.find(PLACE)).toEqual({ ...made, attachable: true })
    expect(await policy(stand)).toEqual([{ role: USER, members: [`serviceAccount:${MACHINE}`] }])
  })

  test.each(['disable', 'enable', 'delete'])('what the answer to %s was does not matter', async (verb) => {
    const stand = await aStand()
    const identity = identityOf(stand.google)
    await identity.create(INTENT, PLACE)
    if (verb === 'enable') await identity.setDisabled(INTENT, PLACE, true)
    const act = () =>
      verb === 'delete' ? identity.delete(INTENT, PLACE) : identity.setDisabled(INTENT, PLACE, verb === 'disable')
    stand.cloud.world.troubles.add({ kind: 'lostAnswer', method: `iam.projects.serviceAccounts.${verb}` })
    await expect(act()).rejects.toMatchObject({ kind: 'Unavailable' })
    const before = stand.requests.length
    await act()
    expect(changes(stand.requests.slice(before))).toEqual([])
    const found = await identity.find(PLACE)
    expect(found?.disabled).toBe({ disable: true, enable: false }[verb])
  })

  test('an account that came through a moment before is adopted', async () => {
    const { cloud, google } = await aStand()
    cloud.world.troubles.add({ kind: 'conflictOurs', method: 'iam.projects.serviceAccounts.create' })
    expect(await identityOf(google).create(INTENT, PLACE)).toMatchObject({ ours: true })
  })
})

describe('somebody else', () => {
  test('who has taken the name keeps it', async () => {
    const stand = await aStand()
    const identity = identityOf(stand.google)
    stand.cloud.world.troubles.add({ kind: 'conflictForeign', method: 'iam.projects.serviceAccounts.create' })
    expect(await identity.create(INTENT, PLACE)).toMatchObject({ ours: false, attachable: false })
    expect(await identity.find(PLACE)).toMatchObject({ ours: false })
    const before = stand.requests.length
    for (const act of [
      () => identity.makeAttachable(INTENT, PLACE),
      () => identity.setDisabled(INTENT, PLACE, true),
      () => identity.delete(INTENT, PLACE),
    ])
      await expect(act()).rejects.toMatchObject({ kind: 'Conflict', message: expect.stringContaining(email(ID)) })
    expect(changes(stand.requests.slice(before))).toEqual([])
  })

  test('who holds a role on the account keeps it', async () => {
    const stand = await aStand()
    const identity = identityOf(stand.google)
    await identity.create(INTENT, PLACE)
    await grant(stand.send, RESOURCE, USER, 'user:eve@example.com')
    await grant(stand.send, RESOURCE, 'roles/iam.serviceAccountTokenCreator', 'user:eve@example.com')
    await identity.makeAttachable(INTENT, PLACE)
    expect(await policy(stand)).toEqual(
      expect.arrayContaining([
        { role: USER, members: ['user:eve@example.com', `serviceAccount:${MACHINE}`] },
        { role: 'roles/iam.serviceAccountTokenCreator', members: ['user:eve@example.com'] },
      ]),
    )
  })

  test('who writes the policy meanwhile is read again; three times in a row is a conflict', async () => {
    const { cloud, google } = await aStand()
    const identity = identityOf(google)
    await identity.create(INTENT, PLACE)
    const stale = { kind: 'staleEtag', method: 'iam.projects.serviceAccounts.setIamPolicy' } as const
    cloud.world.troubles.add({ ...stale, times: 3 })
    await expect(identity.makeAttachable(INTENT, PLACE)).rejects.toMatchObject({ kind: 'Conflict' })
    cloud.world.troubles.add({ ...stale, times: 2 })
    await identity.makeAttachable(INTENT, PLACE)
    expect(await identity.find(PLACE)).toMatchObject({ attachable: true })
  })
})

test('an account that was made just now is waited for, never taken for missing', async () => {
  const stand = await aStand({ propagation: typicalPropagation(1) })
  stand.clock.advance(120_000)
  const identity = identityOf(stand.google)
  await identity.create(INTENT, PLACE)
  const propagating = { kind: 'Propagating' }
  await expect(identity.find(PLACE)).rejects.toMatchObject(propagating)
  await expect(identity.makeAttachable(INTENT, PLACE)).rejects.toMatchObject(propagating)
  stand.clock.advance(4_000)
  // Now it is unknown, as one that never was: only its name tells.
  expect(await identity.find(PLACE)).toBeUndefined()
  await expect(identity.create(INTENT, PLACE)).rejects.toMatchObject(propagating)
  await expect(identity.makeAttachable(INTENT, PLACE)).rejects.toMatchObject(propagating)
  stand.clock.advance(10_000)
  await identity.makeAttachable(INTENT, PLACE)
  expect(await identity.find(PLACE)).toMatchObject({ ours: true, attachable: true })
})

test('whoever lacks a permission is told which', async () => {
  const stand = await aStand()
  const identity = identityOf(stand.googleAs('nobody@example.com'))
  await expect(identity.find(PLACE)).rejects.toMatchObject({
    kind: 'Denied',
    message: expect.stringContaining('iam.serviceAccounts.get'),
  })
  await expect(identity.create(INTENT, PLACE)).rejects.toMatchObject({
    kind: 'Denied',
    message: expect.stringContaining('iam.serviceAccounts.create'),
  })
})

test.each([
  ['unavailable', 'Unavailable'],
  ['rateLimited', 'RateLimited'],
  ['lostRequest', 'Unavailable'],
] as const)('a service that is %s is said to be %s after one request', async (kind, translated) => {
  const stand = await aStand()
  stand.cloud.world.troubles.add({ kind, method: 'iam.projects.serviceAccounts.create' })
  await expect(identityOf(stand.google).create(INTENT, PLACE)).rejects.toMatchObject({ kind: translated })
  expect(changes(stand.requests)).toHaveLength(1)
})

test('a project that is full of accounts is a quota', async () => {
  const stand = await aStand({ quotas: { region: {}, project: {}, accountsPerProject: 0 } })
  await expect(identityOf(stand.google).create(INTENT, PLACE)).rejects.toMatchObject({ kind: 'QuotaExceeded' })
})

test('an attempt that is over changes nothing', async () => {
  const stand = await aStand()
  const identity = identityOf(stand.google)
  await expect(identity.create(EXPIRED, PLACE)).rejects.toThrow(LeaseExpired)
  await identity.create(INTENT, PLACE)
  const before = stand.requests.length
  await expect(identity.makeAttachable(EXPIRED, PLACE)).rejects.toThrow(LeaseExpired)
  await expect(identity.setDisabled(EXPIRED, PLACE, true)).rejects.toThrow(LeaseExpired)
  await expect(identity.delete(EXPIRED, PLACE)).rejects.toThrow(LeaseExpired)
  expect(changes(stand.requests.slice(before))).toEqual([])
  expect(stand.requests.some((line) => line.includes(ADMIN))).toBe(false)
})
