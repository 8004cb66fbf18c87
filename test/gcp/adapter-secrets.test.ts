import { describe, expect, test } from 'vitest'
import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { secretChecks } from '../contract/backend.ts'
import { must } from './a-cloud.ts'
import { aStand, changes, EXPIRED, INTENT, PLACE } from './adapter-stand.ts'
import { onlyBackend } from './only-backend.ts'
import { bindings, BOUND, bound, LABELS, RESOURCE, WHO } from './secrets-stand.ts'

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

  test('come with the day in which a destroyed value comes back, where somebody took that away; a longer time stays', async () => {
    const { requests, send, store } = await bound()
    const keep = (versionDestroyTtl?: string) =>
      must(send, `PATCH ${RESOURCE}?updateMask=versionDestroyTtl`, { ...(versionDestroyTtl && { versionDestroyTtl }) })
    await keep()
    expect(await store.list(PLACE)).toMatchObject([{ labels: LABELS, recoverable: false }])
    await store.label(INTENT, PLACE, 'key', LABELS)
    expect(await must(send, `GET ${RESOURCE}`)).toMatchObject({ labels: LABELS, versionDestroyTtl: '86400s' })
    await keep('172800s')
    expect(await store.list(PLACE)).toMatchObject([{ recoverable: true }])
    const before = requests.length
    await store.label(INTENT, PLACE, 'key', LABELS)
    expect(changes(requests.slice(before))).toEqual([])
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
