import { expect, test } from 'vitest'
import { crc32c } from '../../infra/local/gcp/crc32c.ts'
import { inventory } from '../../infra/local/gcp/inventory.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { aCloud, compute, must, PROJECT } from './a-cloud.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const QUEUES = `/v2/${PROJECT}/locations/europe-west1/queues`
const AUTOMATIC = { replication: { automatic: {} } }

test('the checksum is CRC32C', () => {
  // https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
  expect(crc32c(new Uint8Array(32))).toBe(0x8a_91_36_aa)
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3_06_92_83)
})

test.each([
  ['nothing', undefined],
  ['an empty value', { data: '' }],
  ['a wrong checksum', { data: 'aHVzaA==', dataCrc32c: '1' }],
  ['more than 64 KiB', { data: Buffer.alloc(65_537, 1).toString('base64') }],
])('a version with %s is refused', async (_, payload) => {
  const { send } = aCloud()
  await must(send, `POST ${SECRETS}?secretId=a`, AUTOMATIC)
  expect((await send(`POST ${SECRETS}/a:addVersion`, payload === undefined ? {} : { payload })).status).toBe(400)
})

test('a version that is disabled cannot be read, one that is destroyed never again', async () => {
  const { send } = aCloud()
  await must(send, `POST ${SECRETS}?secretId=a`, AUTOMATIC)
  await must(send, `POST ${SECRETS}/a:addVersion`, { payload: { data: 'aHVzaA==' } })
  const reads: number[] = []
  for (const verb of ['disable', 'enable', 'destroy', 'enable']) {
    await send(`POST ${SECRETS}/a/versions/1:${verb}`, {})
    reads.push((await send(`GET ${SECRETS}/a/versions/1:access`)).status)
  }
  expect(reads).toEqual([400, 200, 400, 400])
})

test('a secret value is in no listing, and in no inventory', async () => {
  const { cloud, send } = aCloud()
  await must(send, `POST ${SECRETS}?secretId=a`, AUTOMATIC)
  await must(send, `POST ${SECRETS}/a:addVersion`, { payload: { data: 'Y2FuYXJ5' } })
  const shown: unknown[] = [inventory(cloud.world)]
  for (const path of [SECRETS, `${SECRETS}/a/versions`, `${SECRETS}/a/versions/1`])
    shown.push(await must(send, `GET ${path}`))
  expect(JSON.stringify(shown)).not.toContain('Y2FuYXJ5')
})

test.each([
  ['the replication', 'replication', AUTOMATIC, 400],
  ['labels', 'labels', { labels: { a: 'b' } }, 200],
  ['a short destroy TTL', 'versionDestroyTtl', { versionDestroyTtl: '60s' }, 400],
])('changing %s of a secret answers %s', async (_, mask, body, status) => {
  const { send } = aCloud()
  await must(send, `POST ${SECRETS}?secretId=a`, AUTOMATIC)
  expect((await send(`PATCH ${SECRETS}/a?updateMask=${mask}`, body)).status).toBe(status)
})

test('the name of a task is taken while it is there, and for a day after it is gone', async () => {
  const { send, clock } = aCloud()
  await must(send, `POST /v2/${PROJECT}/locations/europe-west1/queues`, {
    name: `${PROJECT}/locations/europe-west1/queues/later`,
  })
  const name = `${PROJECT}/locations/europe-west1/queues/later/tasks/look-1`
  const create = async (): Promise<number> =>
    (
      await send(`POST ${QUEUES}/later/tasks`, {
        task: { name, scheduleTime: '2026-09-01T12:05:00Z', httpRequest: { url: 'https://example.com/look' } },
      })
    ).status
  const statuses = [await create(), await create()]
  await must(send, `DELETE ${QUEUES}/later/tasks/look-1`)
  statuses.push((await send(`GET ${QUEUES}/later/tasks/look-1`)).status, await create())
  clock.advance(24 * 3600 * 1000 + 1)
  statuses.push(await create())
  expect(statuses).toEqual([200, 409, 404, 409, 200])
})

test.each([
  ['no queue', 'none', { httpRequest: { url: 'https://example.com' } }, 404],
  ['no address', 'later', { httpRequest: {} }, 400],
  [
    'a schedule in 31 days',
    'later',
    { scheduleTime: '2026-10-03T12:00:00Z', httpRequest: { url: 'https://example.com' } },
    400,
  ],
  [
    'a name of another queue',
    'later',
    { name: `${PROJECT}/locations/europe-west1/queues/x/tasks/a`, httpRequest: { url: 'https://example.com' } },
    400,
  ],
])('a task with %s is refused', async (_, queue, task, status) => {
  const { send } = aCloud()
  await must(send, `POST ${QUEUES}`, { name: `${PROJECT}/locations/europe-west1/queues/later` })
  expect((await send(`POST ${QUEUES}/${queue}/tasks`, { task })).status).toBe(status)
})

test('services are listed by state, and answered in a batch', async () => {
  const { send } = aCloud()
  const { services } = await must(send, `GET /v1/${PROJECT}/services?filter=state:ENABLED&pageSize=200`)
  expect((services as readonly unknown[]).length).toBe(9)
  const batch = await must(
    send,
    `GET /v1/${PROJECT}/services:batchGet?names=${PROJECT}/services/compute.googleapis.com&names=${PROJECT}/services/run.googleapis.com`,
  )
  expect(batch).toMatchObject({ services: [{ state: 'ENABLED' }, { state: 'DISABLED' }] })
})

test('log entries are those of the project, by filter and in the order asked for', async () => {
  const { send, cloud } = aCloud()
  for (const [minute, severity] of [
    ['01', 'INFO'],
    ['03', 'ERROR'],
    ['02', 'CRITICAL'],
  ] as const)
    cloud.world.logs.write({
      logName: `${PROJECT}/logs/a`,
      timestamp: `2026-09-01T12:${minute}:00Z`,
      severity,
      textPayload: minute,
    })
  cloud.world.logs.write({ logName: 'projects/other/logs/a', timestamp: '2026-09-01T12:04:00Z', severity: 'ERROR' })
  const { entries } = await must(send, 'POST /v2/entries:list', {
    resourceNames: [PROJECT],
    filter: 'severity>=ERROR',
    orderBy: 'timestamp desc',
  })
  expect(entries).toMatchObject([{ textPayload: '03' }, { textPayload: '02' }])
  expect((await send('POST /v2/entries:list', { resourceNames: ['projects/other'] })).status).toBe(403)
})

test('log entries are written with what a request says of all, once each, by who may', async () => {
  const { send, as, cloud } = aCloud()
  const entry = { insertId: 'a', timestamp: '2026-09-01T12:00:00Z', textPayload: 'x', labels: { own: '1' } }
  const all = { logName: `${PROJECT}/logs/l`, resource: { type: 'gce_instance' }, labels: { shared: '2' } }
  await must(send, 'POST /v2/entries:write', { ...all, entries: [entry] })
  await must(send, 'POST /v2/entries:write', { ...all, entries: [entry, { ...entry, insertId: 'b' }] })
  await must(send, 'POST /v2/entries:write', { ...all, entries: [{ ...entry, insertId: 'c' }], dryRun: true })
  expect(cloud.world.logs.entries()).toMatchObject([
    { ...entry, logName: all.logName, labels: { own: '1', shared: '2' } },
    { insertId: 'b' },
  ])
  const write = async (body: JsonObject): Promise<number> => (await send('POST /v2/entries:write', body)).status
  expect(await write({ ...all, entries: [] })).toBe(400)
  expect(await write({ ...all, resource: {}, entries: [entry] })).toBe(400)
  expect(await write({ ...all, logName: `${PROJECT}/l`, entries: [entry] })).toBe(400)
  expect(await write({ ...all, entries: [{ ...entry, logName: 'projects/other/logs/l' }] })).toBe(403)
  const { status, body } = await as('nobody@example.com')('POST /v2/entries:write', { ...all, entries: [entry] })
  expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('logging.logEntries.create')])
})

test('quotas and zones of a project can be read', async () => {
  const { send } = aCloud()
  expect(await must(send, `GET ${compute(PROJECT)}`)).toMatchObject({
    name: 'demo-project',
    quotas: expect.arrayContaining([{ metric: 'NETWORKS', limit: 50, usage: 0 }]),
  })
  expect(await must(send, `GET ${compute(PROJECT)}/zones`)).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ name: 'europe-west1-b' })]),
  })
})
