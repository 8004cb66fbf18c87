import { describe, expect, test } from 'vitest'
import { typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import { googleIdentity } from '../../shared/gcp/identity.ts'
import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { email, grant, must } from './a-cloud.ts'
import { aStand, changes, INTENT, PLACE } from './adapter-stand.ts'
import { bindings, BOUND, bound, LABELS, NAME, READER, RESOURCE, WHO, WRITER } from './secrets-stand.ts'

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
