import { expect, test } from 'vitest'
import type { CloudResponse } from '../../infra/local/gcp/cloud.ts'
import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { ADMIN, must } from './a-cloud.ts'
import { aStand, INTENT, PLACE } from './adapter-stand.ts'
import { bound, LABELS, RESOURCE, SECRETS } from './secrets-stand.ts'

test('whether a secret has a value is known without reading it', async () => {
  const { send, store, cloud } = await bound()
  await must(send, `POST ${RESOURCE}:addVersion`, { payload: { data: 'aHVzaA==' } })
  expect(await store.hasValue(PLACE, 'key')).toBe(true)
  await must(send, `POST ${RESOURCE}/versions/1:disable`, {})
  expect(await store.hasValue(PLACE, 'key')).toBe(false)
  expect(cloud.world.access.usage(ADMIN).used).not.toContain('secretmanager.versions.access')
})

test('a secret of an agent whose uid begins alike is not listed', async () => {
  const { store } = await bound()
  await store.create(INTENT, { ...PLACE, uid: 'agentuid23' }, 'key', identityLabels({ ...PLACE, uid: 'agentuid23' }))
  expect((await store.list(PLACE)).map(({ key }) => key)).toEqual(['key'])
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
