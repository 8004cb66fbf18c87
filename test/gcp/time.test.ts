import { expect, test, vi } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { PATIENT } from '../fakes/patience.ts'
import { aCloud, aMachine, aNetwork, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'

const ACCOUNTS = `/v1/${PROJECT}/serviceAccounts`
const SECRETS = `/v1/${PROJECT}/secrets`
const slow = (changes: Partial<Options['propagation']>): Partial<Options> => ({
  propagation: { ...calm.propagation, ...changes },
})
const operations = (ms: number): Partial<Options> => ({ latencies: { calls: { other: 0 }, operations: { other: ms } } })

test('a fresh account answers 403, then 404, then 200, and a policy may name it only then', async () => {
  const { send, clock } = aCloud(slow({ accountForbiddenMs: [2000, 2000], accountMissingMs: [3000, 3000] }))
  await must(send, `POST ${ACCOUNTS}`, { accountId: 'agent-one' })
  const seen = async (): Promise<readonly number[]> => {
    const policy = {
      bindings: [{ role: 'roles/owner', members: ['user:admin@example.com', `serviceAccount:${email('agent-one')}`] }],
    }
    const read = await send(`GET ${ACCOUNTS}/${email('agent-one')}`)
    return [read.status, (await send(`POST /v1/${PROJECT}:setIamPolicy`, { policy })).status]
  }
  const found = [await seen()]
  for (const ms of [2000, 3000]) {
    clock.advance(ms)
    found.push(await seen())
  }
  expect(found).toEqual([
    [403, 400],
    [404, 400],
    [200, 200],
  ])
  expect((await send(`POST ${ACCOUNTS}`, { accountId: 'agent-one' })).status).toBe(409)
})

test('a grant is in force after its delay, and so is its withdrawal', async () => {
  const { send, as, clock } = aCloud(slow({ grantMs: [60_000, 60_000] }))
  const jane = as('jane@example.com')
  const may = async (): Promise<boolean> => (await jane(`GET ${SECRETS}`)).status === 200
  await grant(send, `/v1/${PROJECT}`, 'roles/secretmanager.viewer', 'user:jane@example.com')
  clock.advance(59_000)
  expect(await may()).toBe(false)
  clock.advance(1000)
  expect(await may()).toBe(true)
  await must(send, `POST /v1/${PROJECT}:setIamPolicy`, {
    policy: { bindings: [{ role: 'roles/owner', members: ['user:admin@example.com'] }] },
  })
  expect(await may()).toBe(true)
  clock.advance(60_000)
  expect(await may()).toBe(false)
})

test('a version is there at once by its number, and later as latest', async () => {
  const { send, clock } = aCloud(slow({ latestMs: [10_000, 10_000] }))
  await must(send, `POST ${SECRETS}?secretId=a`, { replication: { automatic: {} } })
  const add = (): Promise<unknown> => must(send, `POST ${SECRETS}/a:addVersion`, { payload: { data: 'aHVzaA==' } })
  const latest = async (): Promise<unknown> => (await send(`GET ${SECRETS}/a/versions/latest`)).body['name']
  await add()
  expect((await send(`GET ${SECRETS}/a/versions/1:access`)).status).toBe(200)
  expect((await send(`GET ${SECRETS}/a/versions/latest:access`)).status).toBe(404)
  clock.advance(10_000)
  await add()
  expect(await latest()).toBe('projects/123456789012/secrets/a/versions/1')
  clock.advance(10_000)
  expect(await latest()).toBe('projects/123456789012/secrets/a/versions/2')
})

test('a deleted account can be undeleted for 30 days', async () => {
  const { send, clock } = aCloud()
  const { uniqueId } = await must(send, `POST ${ACCOUNTS}`, { accountId: 'agent-one' })
  await must(send, `DELETE ${ACCOUNTS}/${email('agent-one')}`)
  expect((await send(`GET ${ACCOUNTS}/${email('agent-one')}`)).status).toBe(404)
  clock.advance(31 * 24 * 3600 * 1000)
  expect((await send(`POST ${ACCOUNTS}/${asText(uniqueId)}:undelete`, {})).status).toBe(404)
  expect((await must(send, `POST ${ACCOUNTS}`, { accountId: 'agent-one' }))['uniqueId']).not.toBe(uniqueId)
})

test('an operation runs for its latency; what it makes can be used when it is done', async () => {
  const { send, clock } = aCloud(operations(10_000))
  const { name } = await must(send, `POST ${compute(PROJECT)}/global/networks`, {
    name: 'net',
    autoCreateSubnetworks: false,
  })
  const operation = `GET ${compute(PROJECT)}/global/operations/${asText(name)}`
  const subnetwork = { name: 'sub', network: `${PROJECT}/global/networks/net`, ipCidrRange: '10.0.0.0/24' }
  const insert = `POST ${compute(PROJECT)}/regions/europe-west1/subnetworks`
  expect(await must(send, operation)).toMatchObject({ status: 'RUNNING', progress: 0 })
  expect(await send(insert, subnetwork)).toMatchObject({
    status: 400,
    message: expect.stringContaining('is not ready'),
  })
  clock.advance(10_000)
  expect(await must(send, operation)).toMatchObject({ status: 'DONE', progress: 100, endTime: expect.any(String) })
  expect((await send(insert, subnetwork)).status).toBe(200)
})

test('wait answers when the operation is done, and after two minutes whatever happens', async () => {
  const { send, clock } = aCloud(operations(150_000))
  const { name } = await must(send, `POST ${compute(PROJECT)}/global/networks`, {
    name: 'net',
    autoCreateSubnetworks: false,
  })
  const wait = (): Promise<unknown> => must(send, `POST ${compute(PROJECT)}/global/operations/${asText(name)}/wait`)
  const first = wait()
  await vi.waitUntil(() => clock.sleeping() === 1, PATIENT)
  clock.advance(120_000)
  expect(await first).toMatchObject({ status: 'RUNNING' })
  const second = wait()
  await vi.waitUntil(() => clock.sleeping() === 1, PATIENT)
  clock.advance(30_000)
  expect(await second).toMatchObject({ status: 'DONE' })
})

test('a machine goes through its states, and is gone when its deletion is done', async () => {
  const { send, clock, cloud } = aCloud(operations(10_000))
  const networked = aNetwork(send)
  await expect(networked).rejects.toThrow(/not ready/)
  clock.advance(10_000)
  const body = { name: 'sub', network: `${PROJECT}/global/networks/net`, ipCidrRange: '10.10.0.0/24' }
  await must(send, `POST ${compute(PROJECT)}/regions/europe-west1/subnetworks`, body)
  clock.advance(10_000)
  const status = async (): Promise<unknown> => (await send(`GET ${compute(ZONE)}/instances/vm`)).body['status']
  const seen: unknown[] = []
  for (const line of [
    `POST ${compute(ZONE)}/instances`,
    `POST ${compute(ZONE)}/instances/vm/stop`,
    `POST ${compute(ZONE)}/instances/vm/start`,
    `DELETE ${compute(ZONE)}/instances/vm`,
  ]) {
    await must(send, line, line.endsWith('/instances') ? aMachine('vm') : undefined)
    seen.push(await status())
    clock.advance(10_000)
    seen.push(await status())
  }
  expect(seen).toEqual([
    'PROVISIONING',
    'RUNNING',
    'STOPPING',
    'TERMINATED',
    'STAGING',
    'RUNNING',
    'STOPPING',
    undefined,
  ])
  expect(cloud.world.store.list('disks', 'projects/')).toEqual([])
})

test('with a destroy TTL a version is disabled first, and destroyed when the TTL has passed', async () => {
  const { send, clock } = aCloud()
  await must(send, `POST ${SECRETS}?secretId=a`, { replication: { automatic: {} }, versionDestroyTtl: '86400s' })
  await must(send, `POST ${SECRETS}/a:addVersion`, { payload: { data: 'aHVzaA==' } })
  expect(await must(send, `POST ${SECRETS}/a/versions/1:destroy`, {})).toMatchObject({
    state: 'DISABLED',
    scheduledDestroyTime: expect.any(String),
  })
  clock.advance(86_400_000)
  expect(await must(send, `GET ${SECRETS}/a/versions/1`)).toMatchObject({ state: 'DESTROYED' })
})
