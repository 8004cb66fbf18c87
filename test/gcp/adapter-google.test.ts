import { inspect } from 'node:util'
import { InstancesClient } from '@google-cloud/compute/build/src/v1/instances_client.js'
import { describe, expect, test } from 'vitest'
import { answered, operationFailed, unless } from '../../shared/gcp/errors.ts'
import { gapicOptions, googleRequest, once, rootUrl } from '../../shared/gcp/google.ts'
import type { Google } from '../../shared/gcp/google.ts'
import { ADMIN, aMachine, aNetwork, must, compute, ZONE } from './a-cloud.ts'
import { aGoogle } from './a-google.ts'
import { aStand } from './adapter-stand.ts'

const NOWHERE = { port: 1, address: 'http://127.0.0.1:1', close: async () => undefined }
const ON = { project: 'demo-project', zone: 'europe-west1-b' }

/** Asks Compute Engine for a machine, through its client. */
const getMachine = (google: Google, instance = 'vm') =>
  answered('Compute Engine', new InstancesClient(gapicOptions(google)).get({ ...ON, instance }, once()))

/** Asks for a project, without a client. */
const getProject = (google: Google, project = 'demo-project') =>
  googleRequest<{ readonly projectId: string }>(google, {
    service: 'cloudresourcemanager',
    method: 'GET',
    path: `v3/projects/${project}`,
  })

describe('what is refused', () => {
  test.each([
    ['unavailable', 'Unavailable'],
    ['rateLimited', 'RateLimited'],
    ['quotaExceeded', 'QuotaExceeded'],
    ['staleEtag', 'Conflict'],
    ['lostRequest', 'Unavailable'],
  ] as const)('as %s by Compute Engine is %s after one request', async (kind, translated) => {
    const stand = await aStand()
    stand.cloud.world.troubles.add({ kind, method: 'compute.instances.get' })
    await expect(getMachine(stand.google)).rejects.toMatchObject({ kind: translated })
    expect(stand.requests).toHaveLength(1)
  })

  test.each([
    ['unavailable', 'Unavailable'],
    ['rateLimited', 'RateLimited'],
    ['staleEtag', 'Conflict'],
    ['lostRequest', 'Unavailable'],
  ] as const)('as %s by a service without a client is %s after one request', async (kind, translated) => {
    const stand = await aStand()
    stand.cloud.world.troubles.add({ kind, method: 'cloudresourcemanager.projects.get' })
    await expect(getProject(stand.google)).rejects.toMatchObject({ kind: translated })
    expect(stand.requests).toHaveLength(1)
  })

  test('for want of a permission names it', async () => {
    const stand = await aStand()
    const nobody = stand.googleAs('nobody@example.com')
    await expect(getMachine(nobody)).rejects.toMatchObject({
      kind: 'Denied',
      message: expect.stringMatching(/^Compute Engine: .*compute\.instances\.get/),
    })
    await expect(getProject(nobody)).rejects.toMatchObject({
      kind: 'Denied',
      message: expect.stringMatching(/^cloudresourcemanager: .*resourcemanager\.projects\.get/),
    })
  })

  test('because it is not there, or there already, is said so', async () => {
    const { google, send } = await aStand()
    await expect(getMachine(google)).rejects.toMatchObject({ kind: 'NotFound' })
    await aNetwork(send)
    await must(send, `POST ${compute(ZONE)}/instances`, aMachine('vm'))
    const [found] = await getMachine(google)
    expect(found.name).toBe('vm')
    const again = new InstancesClient(gapicOptions(google)).insert({ ...ON, instanceResource: aMachine('vm') }, once())
    await expect(answered('Compute Engine', again)).rejects.toMatchObject({ kind: 'AlreadyExists' })
  })

  test('because of what it says is invalid', async () => {
    const { google } = await aStand()
    await expect(getMachine(google, 'UPPER')).rejects.toMatchObject({ kind: 'Invalid' })
  })

  test('for a token that nobody knows is denied, and the token stays out of the error', async () => {
    const { google } = await aStand()
    const stranger = { ...google, auth: aGoogle(NOWHERE, google.clock, 'hush').auth }
    for (const call of [getMachine, getProject]) {
      const error: unknown = await call(stranger).catch((refusal: unknown) => refusal)
      expect(error).toMatchObject({ kind: 'Denied' })
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('sim:hush')
    }
  })
})

test('a service that cannot be reached at all is unavailable', async () => {
  const google = aGoogle(NOWHERE, { nowMs: () => 0 }, ADMIN)
  await expect(getMachine(google)).rejects.toMatchObject({ kind: 'Unavailable' })
  await expect(getProject(google)).rejects.toMatchObject({ kind: 'Unavailable' })
})

test('a call that is not answered in time is cut off', async () => {
  const { google } = await aStand({}, () => new Promise(() => undefined))
  const instances = new InstancesClient(gapicOptions(google))
  const call = instances.get({ ...ON, instance: 'vm' }, once(50))
  await expect(answered('Compute Engine', call)).rejects.toMatchObject({ kind: 'Unavailable' })
})

test('what a refusal is expected for is undefined, and nothing else is', async () => {
  const { google } = await aStand()
  expect(await unless(['NotFound'], getMachine(google))).toBeUndefined()
  await expect(unless(['Conflict'], getMachine(google))).rejects.toMatchObject({ kind: 'NotFound' })
})

test.each([
  ['ZONE_RESOURCE_POOL_EXHAUSTED', 'Stockout'],
  ['ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS', 'Stockout'],
  ['QUOTA_EXCEEDED', 'QuotaExceeded'],
  ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'Conflict'],
  ['RESOURCE_OPERATION_RATE_EXCEEDED', 'RateLimited'],
  ['INTERNAL_ERROR', 'Unavailable'],
])('an operation that failed with %s is %s', (code, kind) => {
  expect(operationFailed('insert ap-x', code, 'why')).toMatchObject({ kind, message: `insert ap-x: why (${code})` })
})

test('without an endpoint of its own it is Google, over TLS', async () => {
  const { google } = await aStand()
  const { endpoint: _, ...real } = google
  expect(rootUrl(real, 'iap')).toBe('https://iap.googleapis.com/')
  expect(gapicOptions(real)).toEqual({ auth: google.auth, fallback: true })
})
