import { describe, expect, test } from 'vitest'
import { googleAccess } from '../../shared/gcp/access.ts'
import { googleIdentity } from '../../shared/gcp/identity.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import type { Access } from '../../shared/ports/backend.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { textOf } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { aMachine, aNetwork, compute, email, grant, must, ZONE } from './a-cloud.ts'
import { governed } from './governed-cloud.ts'
import { aStand, changes, EXPIRED, INTENT, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'

const NAME = 'ap-planeuid22-agentuid22'
const ACCOUNT = `/v1/projects/demo-project/serviceAccounts/${email(NAME)}`
const INSTANCE = `${compute(ZONE)}/instances/${NAME}`
const MACHINE = 'planes-machine@control-project.iam.gserviceaccount.com'
const MACHINE_MEMBER = `serviceAccount:${MACHINE}`
const ADA = 'ada@acme.com'
const SSH_ONLY = 'destination.port == 22'
const TUNNEL = 'roles/iap.tunnelResourceAccessor'
const LOGIN = 'roles/compute.osLogin'
const USER = 'roles/iam.serviceAccountUser'

type AccessStand = Stand & { readonly access: Access; readonly id: string; readonly tunnel: string }

async function insert({ send }: Stand, labels: JsonObject): Promise<string> {
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine(NAME, { labels }))
  return textOf(await must(send, `GET ${INSTANCE}`), 'id')
}

const tunnelOf = (id: string): string => `/v1/projects/demo-project/iap_tunnel/zones/europe-west1-b/instances/${id}`

/** An agent's account, which machines may be given, and its machine. */
async function aStandWithMachine(
  labels: JsonObject = identityLabels(PLACE),
  options: Partial<Options> = {},
): Promise<AccessStand> {
  const stand = await aStand(options)
  const identity = googleIdentity(stand.google, { machineAccount: MACHINE })
  await identity.create(INTENT, PLACE)
  await identity.makeAttachable(INTENT, PLACE)
  await aNetwork(stand.send)
  const id = await insert(stand, labels)
  const access = googleAccess(stand.google, { machineAccount: MACHINE })
  return { ...stand, access, id, tunnel: tunnelOf(id) }
}

/** Every binding on the three doors. */
async function bindings({ send, tunnel }: AccessStand): Promise<readonly unknown[]> {
  const policies = [
    await must(send, `POST ${tunnel}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } }),
    await must(send, `GET ${INSTANCE}/getIamPolicy?optionsRequestedPolicyVersion=3`),
    await must(send, `POST ${ACCOUNT}:getIamPolicy?options.requestedPolicyVersion=3`),
  ]
  return policies.map((policy) => policy['bindings'] ?? [])
}

const granted = (owner: string) => [
  [{ role: TUNNEL, members: [`user:${owner}`], condition: expect.objectContaining({ expression: SSH_ONLY }) }],
  [{ role: LOGIN, members: [`user:${owner}`] }],
  [{ role: USER, members: [MACHINE_MEMBER, `user:${owner}`] }],
]
const CLOSED = [[], [], [{ role: USER, members: [MACHINE_MEMBER] }]]

test('access is three bindings for one owner at one machine', async () => {
  const stand = await aStandWithMachine()
  const { access, id } = stand
  expect(await access.find(PLACE, id)).toEqual([])
  expect(await access.find(PLACE, undefined)).toEqual([])
  await access.grant(INTENT, PLACE, id, ADA)
  expect(await bindings(stand)).toEqual(granted(ADA))
  expect(await access.find(PLACE, id)).toEqual([ADA])
  expect(await access.find(PLACE, '4242424242424242')).toEqual([])
  await access.revoke(INTENT, PLACE)
  await access.revoke(INTENT, PLACE)
  expect(await bindings(stand)).toEqual(CLOSED)
  expect(await access.find(PLACE, undefined)).toEqual([])
})

test('another owner takes the place of the one before', async () => {
  const stand = await aStandWithMachine()
  await stand.access.grant(INTENT, PLACE, stand.id, ADA)
  await stand.access.grant(INTENT, PLACE, stand.id, 'bob@acme.com')
  expect(await bindings(stand)).toEqual(granted('bob@acme.com'))
})

test('access granted once more writes nothing', async () => {
  const { access, id, requests } = await aStandWithMachine()
  await access.grant(INTENT, PLACE, id, ADA)
  const before = requests.length
  await access.grant(INTENT, PLACE, id, ADA)
  expect(changes(requests.slice(before))).toEqual([])
})

describe('a machine that is made again', () => {
  test('lets nobody in, though its name is the same', async () => {
    const stand = await aStandWithMachine()
    const { access, id, send } = stand
    await access.grant(INTENT, PLACE, id, ADA)
    await must(send, `DELETE ${INSTANCE}`)
    expect(await access.find(PLACE, id)).toEqual([])
    expect(await access.find(PLACE, undefined)).toEqual([ADA])
    await expect(access.grant(INTENT, PLACE, id, ADA)).rejects.toMatchObject({ kind: 'NotFound' })
    const next = await insert(stand, identityLabels(PLACE))
    expect(await access.find(PLACE, next)).toEqual([`${ADA}, in part`])
    await access.grant(INTENT, PLACE, next, ADA)
    expect(await access.find(PLACE, next)).toEqual([ADA])
    expect(await bindings({ ...stand, tunnel: tunnelOf(next) })).toEqual(granted(ADA))
  })

  test('leaves nothing to revoke but the account, and then nothing', async () => {
    const { access, id, send } = await aStandWithMachine()
    await access.grant(INTENT, PLACE, id, ADA)
    await must(send, `DELETE ${INSTANCE}`)
    await access.revoke(INTENT, PLACE)
    expect(await access.find(PLACE, undefined)).toEqual([])
    await must(send, `DELETE ${ACCOUNT}`)
    await access.revoke(INTENT, PLACE)
    expect(await access.find(PLACE, undefined)).toEqual([])
    expect(await access.find(PLACE, id)).toEqual([])
  })
})

describe('somebody else', () => {
  test.each([
    ['opens tunnels to every port', (stand: AccessStand) => grant(stand.send, stand.tunnel, TUNNEL, `user:${ADA}`)],
    ['opens tunnels', (stand: AccessStand) => grant(stand.send, stand.tunnel, TUNNEL, 'user:eve@acme.com', SSH_ONLY)],
    ['acts as the account', (stand: AccessStand) => grant(stand.send, ACCOUNT, USER, 'user:eve@acme.com')],
    ['is a group', (stand: AccessStand) => grant(stand.send, ACCOUNT, USER, 'group:all@acme.com')],
  ])('who %s is seen, and removed', async (_, intrude) => {
    const stand = await aStandWithMachine()
    await stand.access.grant(INTENT, PLACE, stand.id, ADA)
    await intrude(stand)
    expect((await stand.access.find(PLACE, stand.id)).length).toBe(2)
    await stand.access.grant(INTENT, PLACE, stand.id, ADA)
    expect(await bindings(stand)).toEqual(granted(ADA))
  })

  test('who has another role keeps it', async () => {
    const stand = await aStandWithMachine()
    const other = 'roles/iap.admin'
    await grant(stand.send, stand.tunnel, other, 'user:eve@acme.com')
    await stand.access.grant(INTENT, PLACE, stand.id, ADA)
    await stand.access.revoke(INTENT, PLACE)
    expect((await bindings(stand))[0]).toEqual([{ role: other, members: ['user:eve@acme.com'] }])
  })

  test('whose machine has our name is left alone', async () => {
    const stand = await aStandWithMachine({ 'made-by': 'somebody-else' })
    await grant(stand.send, stand.tunnel, TUNNEL, 'user:eve@acme.com', SSH_ONLY)
    expect(await stand.access.find(PLACE, undefined)).toEqual([])
    await stand.access.revoke(INTENT, PLACE)
    expect((await bindings(stand))[0]).toMatchObject([{ members: ['user:eve@acme.com'] }])
  })

  test('whose account has our name is left alone', async () => {
    const { cloud, google, send } = await aStand()
    cloud.world.troubles.add({ kind: 'conflictForeign', method: 'iam.projects.serviceAccounts.create' })
    await googleIdentity(google, { machineAccount: MACHINE }).create(INTENT, PLACE)
    await grant(send, ACCOUNT, USER, 'user:eve@acme.com')
    const access = googleAccess(google, { machineAccount: MACHINE })
    expect(await access.find(PLACE, undefined)).toEqual([])
    await access.revoke(INTENT, PLACE)
    await expect(access.grant(INTENT, PLACE, '4242424242424242', ADA)).rejects.toMatchObject({ kind: 'NotFound' })
    const policy = await must(send, `POST ${ACCOUNT}:getIamPolicy`)
    expect(policy['bindings']).toEqual([{ role: USER, members: ['user:eve@acme.com'] }])
  })
})

const DOORS = ['iap.setIamPolicy', 'compute.instances.setIamPolicy', 'iam.projects.serviceAccounts.setIamPolicy']

describe.each(DOORS)('%s', (method) => {
  test.each([
    ['lostAnswer', 'Unavailable'],
    ['lostRequest', 'Unavailable'],
    ['unavailable', 'Unavailable'],
    ['rateLimited', 'RateLimited'],
  ] as const)('that ends in %s is made good by the next attempt', async (kind, translated) => {
    const stand = await aStandWithMachine()
    stand.cloud.world.troubles.add({ kind, method })
    await expect(stand.access.grant(INTENT, PLACE, stand.id, ADA)).rejects.toMatchObject({ kind: translated })
    await stand.access.grant(INTENT, PLACE, stand.id, ADA)
    expect(await bindings(stand)).toEqual(granted(ADA))
    stand.cloud.world.troubles.add({ kind, method })
    await expect(stand.access.revoke(INTENT, PLACE)).rejects.toMatchObject({ kind: translated })
    await stand.access.revoke(INTENT, PLACE)
    expect(await bindings(stand)).toEqual(CLOSED)
  })

  test('is written with the etag that was read', async () => {
    const stand = await aStandWithMachine()
    stand.cloud.world.troubles.add({ kind: 'staleEtag', method, times: 2 })
    await stand.access.grant(INTENT, PLACE, stand.id, ADA)
    expect(await bindings(stand)).toEqual(granted(ADA))
    stand.cloud.world.troubles.add({ kind: 'staleEtag', method, times: 3 })
    await expect(stand.access.revoke(INTENT, PLACE)).rejects.toMatchObject({ kind: 'Conflict' })
  })
})

test('whether its owner can log in is read from the organisation of the project', async () => {
  const { google } = await aStand(governed())
  const access = googleAccess(google, { machineAccount: MACHINE })
  expect(await access.ownerLogin(PLACE, ADA)).toMatchObject({ status: 'Unknown', reason: 'OrganisationUnreadable' })
})

test('an owner who is no address reaches no policy', async () => {
  const stand = await aStandWithMachine()
  const owner = '"; rm -rf /'
  await expect(stand.access.grant(INTENT, PLACE, stand.id, owner)).rejects.toMatchObject({ kind: 'Invalid' })
  expect(await bindings(stand)).toEqual(CLOSED)
  expect(stand.requests.filter((line) => /rm/.test(line.replace('Permissions', '')))).toEqual([])
})

test('whoever lacks a permission is told which', async () => {
  const stand = await aStandWithMachine()
  const access = googleAccess(stand.googleAs('nobody@example.com'), { machineAccount: MACHINE })
  await expect(access.find(PLACE, stand.id)).rejects.toMatchObject({
    kind: 'Denied',
    message: expect.stringContaining('iam.serviceAccounts.get'),
  })
})

test('an attempt that is over changes nothing', async () => {
  const stand = await aStandWithMachine()
  const before = stand.requests.length
  await expect(stand.access.grant(EXPIRED, PLACE, stand.id, ADA)).rejects.toThrow(LeaseExpired)
  await expect(stand.access.revoke(EXPIRED, PLACE)).rejects.toThrow(LeaseExpired)
  expect(stand.requests.slice(before)).toEqual([])
})
