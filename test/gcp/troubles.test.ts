import { expect, test } from 'vitest'
import { calm } from '../../infra/local/gcp/options.ts'
import { defaultRates } from '../../infra/local/gcp/latencies.ts'
import { asText } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Trouble } from '../../infra/local/gcp/troubles.ts'
import { aCloud, aMachine, aNetwork, compute, must, PROJECT, ZONE } from './a-cloud.ts'
import type { TestCloud } from './a-cloud.ts'
import { denyPolicies } from './governed-cloud.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const AUTOMATIC = { replication: { automatic: {} }, labels: { 'ap-managed': 'true' } }
const INSERT = `POST ${compute(ZONE)}/instances`

async function troubled(trouble: Trouble): Promise<TestCloud> {
  const made = aCloud()
  await aNetwork(made.send)
  made.cloud.world.troubles.add(trouble)
  return made
}

test.each([
  ['unavailable', 503, 503],
  ['rateLimited', 403, 429],
  ['quotaExceeded', 403, 429],
  ['staleEtag', 412, 409],
] as const)(
  '%s answers %i by Compute Engine and %i by Secret Manager, before anything happens',
  async (kind, byCompute, bySecrets) => {
    const { send, cloud } = await troubled({ kind, method: 'compute.instances.insert' })
    expect((await send(INSERT, aMachine('vm'))).status).toBe(byCompute)
    cloud.world.troubles.add({ kind, method: 'secretmanager.*' })
    expect((await send(`POST ${SECRETS}?secretId=a`, AUTOMATIC)).status).toBe(bySecrets)
    expect(cloud.world.store.list('instances', 'projects/')).toEqual([])
    expect((await send(INSERT, aMachine('vm'))).status).toBe(200)
    expect((await send(`POST ${SECRETS}?secretId=a`, AUTOMATIC)).status).toBe(200)
  },
)

test('a lost answer has happened, a lost request has not', async () => {
  const { send, cloud } = aCloud()
  cloud.world.troubles.add({ kind: 'lostAnswer', method: 'secretmanager.projects.secrets.create', resource: PROJECT })
  expect((await send(`POST ${SECRETS}?secretId=a`, AUTOMATIC)).status).toBe(0)
  expect((await send(`GET ${SECRETS}/a`)).status).toBe(200)
  cloud.world.troubles.add({ kind: 'lostRequest', method: 'secretmanager.projects.secrets.delete' })
  expect((await send(`DELETE ${SECRETS}/a`)).status).toBe(0)
  expect((await send(`GET ${SECRETS}/a`)).status).toBe(200)
})

test.each([
  ['conflictOurs', { 'ap-managed': 'true' }],
  ['conflictForeign', { 'made-by': 'somebody-else' }],
] as const)('%s answers 409, and what is there has the labels of whoever was first', async (kind, labels) => {
  const { send, cloud } = aCloud()
  cloud.world.troubles.add({ kind, method: 'secretmanager.projects.secrets.create' })
  expect((await send(`POST ${SECRETS}?secretId=a`, AUTOMATIC)).status).toBe(409)
  expect(await must(send, `GET ${SECRETS}/a`)).toMatchObject({ labels })
})

test('a conflict overrides the request id: another attempt made the machine', async () => {
  const { send } = await troubled({ kind: 'conflictForeign', method: 'compute.instances.insert' })
  const line = `${INSERT}?requestId=6f1d3b0e-5c8e-4d3a-9d55-0d6a3e1c2b4f`
  expect((await send(line, aMachine('vm', { labels: { a: 'b' } }))).status).toBe(409)
  expect(await must(send, `GET ${compute(ZONE)}/instances/vm`)).toMatchObject({
    labels: { 'made-by': 'somebody-else' },
  })
})

test.each([
  ['stockout', 'ZONE_RESOURCE_POOL_EXHAUSTED'],
  ['operationQuota', 'QUOTA_EXCEEDED'],
  ['operationFails', 'INTERNAL_ERROR'],
] as const)('%s is accepted and fails late, leaving nothing', async (kind, code) => {
  const { send, cloud } = await troubled({ kind, method: 'compute.instances.insert' })
  const { name } = await must(send, INSERT, aMachine('vm'))
  const operation = await must(send, `GET ${compute(ZONE)}/operations/${asText(name)}`)
  expect(operation).toMatchObject({
    status: 'DONE',
    error: { errors: [{ code }] },
    httpErrorStatusCode: expect.any(Number),
  })
  expect([
    ...cloud.world.store.list('instances', 'projects/'),
    ...cloud.world.store.list('disks', 'projects/'),
  ]).toEqual([])
})

test('a trouble can skip requests, come more than once, and wait for a name', async () => {
  const { send, cloud } = aCloud()
  cloud.world.troubles.add({
    kind: 'unavailable',
    method: 'secretmanager.projects.secrets.get',
    resource: 'secrets/b',
    skip: 1,
    times: 2,
  })
  for (const id of ['a', 'b']) await must(send, `POST ${SECRETS}?secretId=${id}`, AUTOMATIC)
  const statuses: number[] = []
  for (const id of ['a', 'b', 'b', 'a', 'b', 'b']) statuses.push((await send(`GET ${SECRETS}/${id}`)).status)
  expect(statuses).toEqual([200, 200, 503, 200, 503, 200])
})

test('rates are limited by the minute of the clock', async () => {
  const rates = { ...defaultRates, secrets: { read: 3, write: 2, access: 9 }, compute: { read: 2, write: 1 } }
  const { send, clock } = aCloud({ rates })
  const reads = async (line: string, count: number): Promise<readonly number[]> => {
    const statuses: number[] = []
    for (let index = 0; index < count; index += 1) statuses.push((await send(line)).status)
    return statuses
  }
  expect(await reads(`GET ${SECRETS}`, 4)).toEqual([200, 200, 200, 429])
  expect(await reads(`GET ${compute(ZONE)}/instances`, 3)).toEqual([200, 200, 403])
  clock.advance(60_000)
  expect(await reads(`GET ${SECRETS}`, 1)).toEqual([200])
})

test.each([
  ['new versions and updates of one secret', { oneSecret: 1 }, `PATCH ${SECRETS}/a?updateMask=labels`, { labels: {} }],
  ['changes of one version', { oneVersion: 1 }, `POST ${SECRETS}/a/versions/1:disable`, {}],
  ['reading of deny policies', { denyPolicies: { read: 1, write: 5 } }, `GET ${denyPolicies(PROJECT)}`, undefined],
  [
    'writing of deny policies',
    { denyPolicies: { read: 5, write: 1 } },
    `DELETE ${denyPolicies(PROJECT)}/none`,
    undefined,
  ],
] as const)('%s has a rate of its own', async (_, rate, line, body) => {
  const { send, clock } = aCloud({ rates: { ...defaultRates, ...rate } })
  await must(send, `POST ${SECRETS}?secretId=a`, AUTOMATIC)
  await must(send, `POST ${SECRETS}/a:addVersion`, { payload: { data: 'aHVzaA==' } })
  clock.advance(60_000)
  const statuses: number[] = []
  for (let index = 0; index < 2; index += 1) statuses.push((await send(line, body)).status)
  clock.advance(60_000)
  statuses.push((await send(line, body)).status)
  expect(statuses.map((status) => status === 429)).toEqual([false, true, false])
})

test('quotas are what regions.get says, and refuse what is above them', async () => {
  const { send } = aCloud({
    quotas: { ...calm.quotas, region: { ...calm.quotas.region, CPUS: 4 }, accountsPerProject: 1 },
  })
  await aNetwork(send)
  for (const name of ['one', 'two']) await must(send, INSERT, aMachine(name))
  expect(await send(INSERT, aMachine('three'))).toMatchObject({
    status: 403,
    message: "Quota 'CPUS' exceeded.  Limit: 4.0 in region europe-west1.",
  })
  const { quotas } = await must(send, `GET ${compute(PROJECT)}/regions/europe-west1`)
  expect((quotas as readonly JsonObject[])[0]).toEqual({ metric: 'CPUS', limit: 4, usage: 4 })
  await must(send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'agent-one' })
  expect(await send(`POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'agent-two' })).toMatchObject({ status: 429 })
})

test.each([
  ['secretId', 'secretmanager.projects.secrets.create', `POST ${SECRETS}?secretId=`, AUTOMATIC],
  ['accountId', 'iam.projects.serviceAccounts.create', `POST /v1/${PROJECT}/serviceAccounts`, {}],
] as const)('a trouble can wait for what is about to be made, by its %s', async (field, method, line, body) => {
  const { send, cloud } = aCloud()
  cloud.world.troubles.add({ kind: 'unavailable', method, resource: 'agent-two' })
  const statuses: number[] = []
  for (const id of ['agent-one', 'agent-two'])
    statuses.push((await (field === 'secretId' ? send(`${line}${id}`, body) : send(line, { accountId: id }))).status)
  expect(statuses).toEqual([200, 503])
})
