import { describe, expect, test } from 'vitest'
import type { CloudResponse } from '../../infra/local/gcp/cloud.ts'
import { typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import { googleIdentity } from '../../shared/gcp/identity.ts'
import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { secretChecks } from '../contract/backend.ts'
import { ADMIN, email, grant, must } from './a-cloud.ts'
import type { Send } from './a-cloud.ts'
import { aStand, changes, EXPIRED, INTENT, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'
import { onlyBackend } from './only-backend.ts'

const SECRETS = '/v1/projects/demo-project/secrets'
const NAME = 'ap-planeuid22-agentuid22-key'
const RESOURCE = `${SECRETS}/${NAME}`
const READER = 'roles/secretmanager.secretAccessor'
const WRITER = 'roles/secretmanager.secretVersionAdder'
const LABELS = identityLabels(PLACE)
const WHO = { reader: 'agent@accounts.example', writer: 'ada@acme.com' }
const BOUND = [
  { role: READER, members: ['serviceAccount:agent@accounts.example'] },
  { role: WRITER, members: ['user:ada@acme.com'] },
]

const bindings = async (send: Send) => (await must(send, `GET ${RESOURCE}:getIamPolicy`))['bindings']

/** A cloud with our secret `key` in it, bound. */
async function bound(): Promise<Stand & { readonly store: ReturnType<typeof googleSecrets> }> {
  const stand = await aStand()
  const store = googleSecrets(stand.google)
  await store.create(INTENT, PLACE, 'key', LABELS)
  await store.bind(INTENT, PLACE, 'key', WHO)
  return { ...stand, store }
}

test.each(Object.entries(secretChecks))('%s', async (_, check) => {
  expect.hasAssertions()
  const { google } = await aStand()
  await check(onlyBackend({ secrets: googleSecrets(google) }))
})

test('a secret is labelled, kept everywhere, and a value destroyed by mistake comes back for a day', async () => {
  const { send } = await bound()
  expect(await must(send, `GET ${RESOURCE}`)).toMatchObject({
    labels: LABELS,
    replication: { automatic: {} },
    versionDestroyTtl: '86400s',
  })
})

describe('labels', () => {
  const RED = { ...LABELS, team: 'red' }

  test('are changed alone, and once', async () => {
    const { requests, send, store } = await bound()
    const before = await must(send, `GET ${RESOURCE}`)
    await store.label(INTENT, PLACE, 'key', RED)
    await store.label(INTENT, PLACE, 'key', RED)
    expect(changes(requests).filter((line) => line.startsWith('PATCH'))).toHaveLength(1)
    expect(await must(send, `GET ${RESOURCE}`)).toEqual({ ...before, labels: RED, etag: expect.any(String) })
    expect(await bindings(send)).toEqual(BOUND)
  })

  test('that somebody else changes meanwhile are read again; three times in a row is a conflict', async () => {
    const { cloud, store } = await bound()
    const stale = { kind: 'staleEtag', method: 'secretmanager.projects.secrets.patch' } as const
    cloud.world.troubles.add({ ...stale, times: 2 })
    await store.label(INTENT, PLACE, 'key', RED)
    expect(await store.list(PLACE)).toMatchObject([{ labels: RED }])
    cloud.world.troubles.add({ ...stale, times: 3 })
    await expect(store.label(INTENT, PLACE, 'key', LABELS)).rejects.toMatchObject({ kind: 'Conflict' })
  })
})

test('whether a secret has a value is known without reading it', async () => {
  const { send, store, cloud } = await bound()
  await must(send, `POST ${RESOURCE}:addVersion`, { payload: { data: 'aHVzaA==' } })
  expect(await store.hasValue(PLACE, 'key')).toBe(true)
  await must(send, `POST ${RESOURCE}/versions/1:disable`, {})
  expect(await store.hasValue(PLACE, 'key')).toBe(false)
  expect(cloud.world.access.usage(ADMIN).used).not.toContain('secretmanager.versions.access')
})

describe('made twice', () => {
  test('a secret is one secret, whichever answer is lost, and binding it again writes nothing', async () => {
    const stand = await aStand()
    const store = googleSecrets(stand.google)
    const lose = (verb: string) =>
      stand.cloud.world.troubles.add({ kind: 'lostAnswer', method: `secretmanager.projects.secrets.${verb}` })
    lose('create')
    await expect(store.create(INTENT, PLACE, 'key', LABELS)).rejects.toMatchObject({ kind: 'Unavailable' })
    await store.create(INTENT, PLACE, 'key', LABELS)
    lose('setIamPolicy')
    await expect(store.bind(INTENT, PLACE, 'key', WHO)).rejects.toMatchObject({ kind: 'Unavailable' })
    const before = stand.requests.length
    await store.bind(INTENT, PLACE, 'key', WHO)
    expect(changes(stand.requests.slice(before))).toEqual([])
    expect(await bindings(stand.send)).toEqual(BOUND)
    lose('delete')
    await expect(store.delete(INTENT, PLACE, 'key')).rejects.toMatchObject({ kind: 'Unavailable' })
    await store.delete(INTENT, PLACE, 'key')
    expect(await store.list(PLACE)).toEqual([])
  })
})

describe('somebody else', () => {
  test('whose secret has the name is left alone', async () => {
    const stand = await aStand()
    const store = googleSecrets(stand.google)
    stand.cloud.world.troubles.add({ kind: 'conflictForeign', method: 'secretmanager.projects.secrets.create' })
    await expect(store.create(INTENT, PLACE, 'key', LABELS)).rejects.toMatchObject({ kind: 'Conflict' })
    expect(await store.list(PLACE)).toMatchObject([{ key: 'key', ours: false, readers: [], writers: [] }])
    const before = stand.requests.length
    await expect(store.bind(INTENT, PLACE, 'key', WHO)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining(NAME),
    })
    await expect(store.delete(INTENT, PLACE, 'key')).rejects.toMatchObject({ kind: 'Conflict' })
    await expect(store.label(INTENT, PLACE, 'key', LABELS)).rejects.toMatchObject({ kind: 'Conflict' })
    expect(changes(stand.requests.slice(before))).toEqual([])
  })

  test('who reads or writes it is seen and removed; who does something else to it stays', async () => {
    const { send, store } = await bound()
    await grant(send, RESOURCE, READER, 'user:eve@example.com')
    await grant(send, RESOURCE, WRITER, 'serviceAccount:eve@accounts.example')
    await grant(send, RESOURCE, 'roles/secretmanager.viewer', 'user:eve@example.com')
    expect(await store.list(PLACE)).toMatchObject([
      {
        readers: [WHO.reader, 'user:eve@example.com'],
        writers: [WHO.writer, 'serviceAccount:eve@accounts.example'],
      },
    ])
    await store.bind(INTENT, PLACE, 'key', WHO)
    expect(await bindings(send)).toEqual([
      { role: 'roles/secretmanager.viewer', members: ['user:eve@example.com'] },
      ...BOUND,
    ])
  })

  test('who binds the reader to a condition is undone', async () => {
    const { send, store } = await bound()
    const policy = await must(send, `GET ${RESOURCE}:getIamPolicy`)
    const condition = { title: 'test', expression: 'resource.type == "secretmanager.googleapis.com/Secret"' }
    const conditional = BOUND.map((binding) => (binding.role === READER ? { ...binding, condition } : binding))
    await must(send, `POST ${RESOURCE}:setIamPolicy`, {
      policy: { version: 3, etag: policy['etag'], bindings: conditional },
    })
    expect(await store.list(PLACE)).toMatchObject([{ readers: ['serviceAccount:agent@accounts.example'] }])
    await store.bind(INTENT, PLACE, 'key', WHO)
    expect(await bindings(send)).toEqual(expect.arrayContaining(BOUND))
  })

  test('who writes the policy meanwhile is read again; three times in a row is a conflict', async () => {
    const { cloud, store } = await bound()
    const stale = { kind: 'staleEtag', method: 'secretmanager.projects.secrets.setIamPolicy' } as const
    cloud.world.troubles.add({ ...stale, times: 2 })
    await store.bind(INTENT, PLACE, 'key', { ...WHO, writer: 'bob@acme.com' })
    expect(await store.list(PLACE)).toMatchObject([{ writers: ['bob@acme.com'] }])
    cloud.world.troubles.add({ ...stale, times: 3 })
    await expect(store.bind(INTENT, PLACE, 'key', WHO)).rejects.toMatchObject({ kind: 'Conflict' })
  })

  test('whose agent has a uid that begins alike is not listed', async () => {
    const { store } = await bound()
    await store.create(INTENT, { ...PLACE, uid: 'agentuid23' }, 'key', identityLabels({ ...PLACE, uid: 'agentuid23' }))
    expect((await store.list(PLACE)).map(({ key }) => key)).toEqual(['key'])
  })
})

test('an owner whose name is a program is data in a policy and nothing else', async () => {
  const { requests, store, send } = await bound()
  const names = ['"; rm -rf /@acme.com', '../../x@acme.com', `${'a'.repeat(300)}@acme.com`, '\u{1F680}@acme.com']
  for (const writer of names) await store.bind(INTENT, PLACE, 'key', { ...WHO, writer }).catch(() => undefined)
  expect(requests.filter((line) => /rm%20|rm -rf|\.\.\/|aaaa|%F0/.test(line))).toEqual([])
  expect((await must(send, `GET ${RESOURCE}`))['labels']).toEqual(LABELS)
})

test('a secret whose account was made just now is bound when policies know the account', async () => {
  const { google, clock } = await aStand({ propagation: typicalPropagation(1) })
  clock.advance(120_000)
  const store = googleSecrets(google)
  await googleIdentity(google, { machineAccount: 'm@accounts.example' }).create(INTENT, PLACE)
  const reader = email('ap-planeuid22-agentuid22')
  await store.create(INTENT, PLACE, 'key', LABELS)
  await expect(store.bind(INTENT, PLACE, 'key', { ...WHO, reader })).rejects.toMatchObject({ kind: 'Propagating' })
  clock.advance(14_000)
  await store.bind(INTENT, PLACE, 'key', { ...WHO, reader })
  expect(await store.list(PLACE)).toMatchObject([{ readers: [reader] }])
})

test('a list that lags behind hides nothing that is asked for by name', async () => {
  const { google } = await aStand({}, (request, answer) =>
    request.httpMethod === 'GET' && request.url.startsWith(`${SECRETS}?`)
      ? Promise.resolve({ status: 200, body: {} })
      : answer(request),
  )
  const store = googleSecrets(google)
  await store.create(INTENT, PLACE, 'key', LABELS)
  expect(await store.list(PLACE)).toEqual([])
  expect(await store.list(PLACE, ['key', 'other'])).toMatchObject([{ key: 'key', ours: true }])
})

test('a list that lags behind shows nothing that is gone', async () => {
  let lagging: CloudResponse | undefined
  const { google } = await aStand({}, async (request, answer) => {
    if (request.httpMethod !== 'GET' || !request.url.startsWith(`${SECRETS}?`)) return answer(request)
    lagging ??= await answer(request)
    return lagging
  })
  const store = googleSecrets(google)
  await store.create(INTENT, PLACE, 'key', LABELS)
  expect((await store.list(PLACE)).map(({ key }) => key)).toEqual(['key'])
  await store.delete(INTENT, PLACE, 'key')
  expect(await store.list(PLACE)).toEqual([])
})

test('all pages of a list are read', async () => {
  const stand = await aStand({}, (request, answer) =>
    answer({
      ...request,
      url: request.httpMethod === 'GET' ? request.url.replace(`${SECRETS}?`, `${SECRETS}?pageSize=2&`) : request.url,
    }),
  )
  const store = googleSecrets(stand.google)
  const keys = ['a', 'b', 'c', 'd', 'e']
  for (const key of keys) await store.create(INTENT, PLACE, key, LABELS)
  expect((await store.list(PLACE)).map(({ key }) => key).toSorted()).toEqual(keys)
  expect(stand.requests.filter((line) => line === `GET ${SECRETS}`)).toHaveLength(3)
})

test.each([
  ['unavailable', 'Unavailable'],
  ['rateLimited', 'RateLimited'],
  ['lostRequest', 'Unavailable'],
] as const)('a service that is %s is said to be %s after one request', async (kind, translated) => {
  const stand = await aStand()
  stand.cloud.world.troubles.add({ kind, method: 'secretmanager.projects.secrets.create' })
  await expect(googleSecrets(stand.google).create(INTENT, PLACE, 'key', LABELS)).rejects.toMatchObject({
    kind: translated,
  })
  expect(changes(stand.requests)).toHaveLength(1)
})

test('whoever lacks a permission is told which', async () => {
  const stand = await bound()
  await expect(googleSecrets(stand.googleAs('nobody@example.com')).list(PLACE)).rejects.toMatchObject({
    kind: 'Denied',
    message: expect.stringContaining('secretmanager.secrets.list'),
  })
})

test('an attempt that is over changes nothing', async () => {
  const { requests, store } = await bound()
  const before = requests.length
  await expect(store.create(EXPIRED, PLACE, 'other', LABELS)).rejects.toThrow(LeaseExpired)
  await expect(store.bind(EXPIRED, PLACE, 'key', WHO)).rejects.toThrow(LeaseExpired)
  await expect(store.delete(EXPIRED, PLACE, 'key')).rejects.toThrow(LeaseExpired)
  await expect(store.label(EXPIRED, PLACE, 'key', { ...LABELS, team: 'red' })).rejects.toThrow(LeaseExpired)
  expect(changes(requests.slice(before))).toEqual([])
})
