import { expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { aCloud, aMachine, aNetwork, compute, must, PROJECT, ZONE } from './a-cloud.ts'

const INSTANCES = `${compute(ZONE)}/instances`
const ID = '6f1d3b0e-5c8e-4d3a-9d55-0d6a3e1c2b4f'

test('the same request id answers the same operation, whatever else happened', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  const first = await must(send, `POST ${INSTANCES}?requestId=${ID}`, aMachine('vm'))
  const again = await must(send, `POST ${INSTANCES}?requestId=${ID}`, aMachine('vm'))
  expect(again['name']).toBe(first['name'])
  expect((await send(`POST ${INSTANCES}`, aMachine('vm'))).status).toBe(409)
  expect((await send(`POST ${INSTANCES}?requestId=once`, aMachine('other'))).status).toBe(400)
})

test('a machine is found and deleted by its numeric id, so that its successor is never hit', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  await must(send, `POST ${INSTANCES}`, aMachine('vm'))
  const { id } = await must(send, `GET ${INSTANCES}/vm`)
  expect(id).toMatch(/^\d{19}$/)
  expect(await must(send, `GET ${INSTANCES}/${asText(id)}`)).toMatchObject({ name: 'vm' })
  await must(send, `DELETE ${INSTANCES}/${asText(id)}`)
  await must(send, `POST ${INSTANCES}`, aMachine('vm'))
  expect((await send(`DELETE ${INSTANCES}/${asText(id)}`)).status).toBe(404)
  expect((await send(`GET ${INSTANCES}/vm`)).status).toBe(200)
})

test('a machine takes an existing disk of its zone, alone, and leaves it behind', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  await must(send, `POST ${compute(ZONE)}/disks`, {
    name: 'data',
    sizeGb: '20',
    type: 'zones/europe-west1-b/diskTypes/pd-balanced',
  })
  const [boot] = aMachine('x')['disks'] as readonly JsonObject[]
  const disks = [boot ?? {}, { source: 'zones/europe-west1-b/disks/data' }]
  await must(send, `POST ${INSTANCES}`, aMachine('vm', { disks }))
  expect((await send(`POST ${INSTANCES}`, aMachine('two', { disks }))).status).toBe(400)
  expect((await send(`DELETE ${compute(ZONE)}/disks/data`)).status).toBe(400)
  await must(send, `DELETE ${INSTANCES}/vm`)
  const { users } = await must(send, `GET ${compute(ZONE)}/disks/data`)
  expect(users).toBeUndefined()
  await must(send, `DELETE ${compute(ZONE)}/disks/data`)
})

test.each([
  ['labels', 'setLabels', (vm: JsonObject) => ({ labels: { a: 'b' }, labelFingerprint: vm['labelFingerprint'] })],
  [
    'metadata',
    'setMetadata',
    (vm: JsonObject) => ({
      items: [{ key: 'a', value: 'b' }],
      fingerprint: (vm['metadata'] as JsonObject)['fingerprint'],
    }),
  ],
])('%s are set with the fingerprint of what is there, and refused with 412 for any other', async (_, verb, bodyOf) => {
  const { send } = aCloud()
  await aNetwork(send)
  await must(send, `POST ${INSTANCES}`, aMachine('vm'))
  const body = bodyOf(await must(send, `GET ${INSTANCES}/vm`))
  expect((await send(`POST ${INSTANCES}/vm/${verb}`, body)).status).toBe(200)
  expect((await send(`POST ${INSTANCES}/vm/${verb}`, body)).status).toBe(412)
})

test('an account can be changed while the machine is stopped', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  await must(send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'agent-one' })
  await must(send, `POST ${INSTANCES}`, aMachine('vm'))
  const body = {
    email: 'agent-one@demo-project.iam.gserviceaccount.com',
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
  }
  expect((await send(`POST ${INSTANCES}/vm/setServiceAccount`, body)).status).toBe(400)
  await must(send, `POST ${INSTANCES}/vm/stop`)
  await must(send, `GET ${INSTANCES}/vm`)
  expect((await send(`POST ${INSTANCES}/vm/setServiceAccount`, body)).status).toBe(200)
})

const names = ({ items }: JsonObject): unknown => (items as readonly JsonObject[]).map(({ name }) => name)

test('pages neither repeat nor hide what others make and delete in between', async () => {
  const { send } = aCloud()
  for (const name of ['b', 'd', 'f', 'h']) await must(send, `POST ${compute(ZONE)}/disks`, { name, sizeGb: '10' })
  const first = await must(send, `GET ${compute(ZONE)}/disks?maxResults=2`)
  for (const name of ['a', 'g']) await must(send, `POST ${compute(ZONE)}/disks`, { name, sizeGb: '10' })
  await must(send, `DELETE ${compute(ZONE)}/disks/d`)
  const second = await must(send, `GET ${compute(ZONE)}/disks?maxResults=2&pageToken=${asText(first['nextPageToken'])}`)
  const third = await must(send, `GET ${compute(ZONE)}/disks?maxResults=2&pageToken=${asText(second['nextPageToken'])}`)
  expect([names(first), names(second), names(third)]).toEqual([['b', 'd'], ['f', 'g'], ['h']])
  expect(third['nextPageToken']).toBeUndefined()
  expect((await send(`GET ${compute(ZONE)}/disks?pageToken=forged`)).status).toBe(400)
})

test('an aggregated list has every zone, with a warning where there is nothing', async () => {
  const { send } = aCloud()
  await must(send, `POST ${compute(ZONE)}/disks`, { name: 'a', sizeGb: '10', labels: { 'ap-plane': 'x' } })
  await must(send, `POST ${compute(ZONE)}/disks`, { name: 'b', sizeGb: '10' })
  const filter = encodeURIComponent('labels.ap-plane=x')
  const { items } = await must(send, `GET ${compute(PROJECT)}/aggregated/disks?filter=${filter}`)
  expect(items).toMatchObject({
    'zones/europe-west1-b': { disks: [{ name: 'a' }] },
    'zones/europe-west1-c': { warning: { code: 'NO_RESULTS_ON_PAGE' } },
  })
})

test.each(['labels.a=b OR labels.c=d', 'labels.a=b AND labels.c=d', 'name eq "a.*"', 'name', 'NOT name=a'])(
  'the filter %s is refused',
  async (filter) => {
    const { send } = aCloud()
    expect((await send(`GET ${INSTANCES}?filter=${encodeURIComponent(filter)}`)).status).toBe(400)
  },
)
