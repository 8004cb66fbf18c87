import { describe, expect, test } from 'vitest'
import { START_MS, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'
import { typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import { projectRoles } from '../../shared/grants/roles.ts'
import { PLACE } from './adapter-stand.ts'
import {
  aComputeStand,
  anAttempt,
  aRunningMachine,
  computePorts,
  NAME,
  told,
  wantedOf,
  changesOf,
  shown,
} from './compute-stand.ts'

describe('an insert', () => {
  test.each(['lostAnswer', 'lostRequest', 'unavailable'] as const)(
    'is tried again after %s, for one machine',
    async (kind) => {
      const stand = await aComputeStand()
      const { machines } = stand.ports
      const wanted = await wantedOf(stand)
      stand.cloud.world.troubles.add({ kind, method: 'compute.instances.insert' })
      await expect(machines.insert(anAttempt('one'), PLACE, wanted)).rejects.toMatchObject({ kind: 'Unavailable' })
      await machines.insert(anAttempt('two'), PLACE, wanted)
      expect(await machines.find(PLACE)).toMatchObject({ ours: true, state: 'running', shape: wanted.shape })
      const { items } = await must(stand.send, `GET ${compute(ZONE)}/instances`)
      expect(items).toHaveLength(1)
    },
  )

  test('adopts a machine of ours that came through a moment before', async () => {
    const stand = await aComputeStand()
    stand.cloud.world.troubles.add({ kind: 'conflictOurs', method: 'compute.instances.insert' })
    await stand.ports.machines.insert(anAttempt('one'), PLACE, await wantedOf(stand))
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ ours: true, state: 'running' })
  })

  test('leaves somebody else’s machine alone', async () => {
    const stand = await aComputeStand()
    const { machines } = stand.ports
    stand.cloud.world.troubles.add({ kind: 'conflictForeign', method: 'compute.instances.insert' })
    const inserted = machines.insert(anAttempt('one'), PLACE, await wantedOf(stand))
    await expect(inserted).rejects.toMatchObject({ kind: 'Conflict', message: expect.stringContaining(NAME) })
    const found = await machines.find(PLACE)
    expect(found).toMatchObject({ ours: false })
    const id = found?.id ?? ''
    const made = await changesOf(stand, async () => {
      for (const touch of [
        () => machines.configure(anAttempt('a'), PLACE, id, told('g2')),
        () => machines.label(anAttempt('b'), PLACE, id, {}),
        () => machines.start(anAttempt('c'), PLACE, id, 1),
        () => machines.stop(anAttempt('d'), PLACE, id),
        () => machines.delete(anAttempt('e'), PLACE, id),
      ])
        await expect(touch()).rejects.toMatchObject({ kind: 'Conflict' })
    })
    expect(made).toEqual([])
  })

  test.each([
    ['stockout', 'Stockout', /not have enough resources/],
    ['operationQuota', 'QuotaExceeded', /Quota 'CPUS' exceeded/],
    ['operationFails', 'Unavailable', /Internal error/],
    ['quotaExceeded', 'QuotaExceeded', /CPUS/],
    ['rateLimited', 'RateLimited', /per minute/],
  ] as const)('that ends with %s says %s and leaves nothing', async (kind, said, message) => {
    const stand = await aComputeStand()
    const { machines, disks } = stand.ports
    const wanted = await wantedOf(stand)
    stand.cloud.world.troubles.add({ kind, method: 'compute.instances.insert' })
    await expect(machines.insert(anAttempt('one'), PLACE, wanted)).rejects.toMatchObject({
      kind: said,
      message: expect.stringMatching(message),
    })
    expect(await machines.find(PLACE)).toBeUndefined()
    expect(await disks.find(PLACE)).toMatchObject({ attached: false, used: false })
    await machines.insert(anAttempt('two'), PLACE, wanted)
    expect(await machines.find(PLACE)).toMatchObject({ state: 'running' })
  })

  test('with an account that is not visible everywhere is early, not refused', async () => {
    const propagation = { ...typicalPropagation(1), grantMs: [0, 0] as const, latestMs: [0, 0] as const }
    const stand = await aComputeStand({ propagation })
    const { machines } = stand.ports
    stand.clock.advance(60_000)
    const wanted = await wantedOf(stand)
    await expect(machines.insert(anAttempt('one'), PLACE, wanted)).rejects.toMatchObject({ kind: 'Propagating' })
    stand.clock.advance(60_000)
    await machines.insert(anAttempt('two'), PLACE, wanted)
    expect(await machines.find(PLACE)).toMatchObject({ state: 'running' })
  })

  test('by whom a permission was never given is denied, and says which', async () => {
    const stand = await aComputeStand()
    const wanted = await wantedOf(stand)
    const { permissions = [] } = projectRoles['machine'] ?? {}
    await must(stand.send, `POST /v1/${PROJECT}/roles`, {
      roleId: 'half',
      role: { includedPermissions: permissions.filter((held) => held !== 'compute.instances.setServiceAccount') },
    })
    await grant(stand.send, `/v1/${PROJECT}`, `${PROJECT}/roles/half`, `serviceAccount:${email('planes-machine')}`)
    await grant(
      stand.send,
      `/v1/${PROJECT}`,
      'roles/iam.serviceAccountUser',
      `serviceAccount:${email('planes-machine')}`,
    )
    const { machines } = computePorts(stand.googleAs(email('planes-machine')))
    await expect(machines.insert(anAttempt('one'), PLACE, wanted)).rejects.toMatchObject({
      kind: 'Denied',
      message: expect.stringContaining('compute.instances.setServiceAccount'),
    })
  })

  test('is returned from when it still runs as the attempt nears its end', async () => {
    const operations = { 'compute.instances.insert': 10_000, other: 0 }
    const stand = await aComputeStand({ latencies: { calls: { other: 0 }, operations } })
    const { machines } = stand.ports
    const wanted = await wantedOf(stand)
    await machines.insert({ op: 'one', untilMs: START_MS + 5_100 }, PLACE, wanted)
    expect(await machines.find(PLACE)).toMatchObject({ state: 'starting', detail: expect.any(String) })
    stand.clock.advance(10_000)
    expect(await machines.find(PLACE)).toMatchObject({ state: 'running', startedAtMs: START_MS })
  })

  test.each(['lostAnswer', 'unavailable', 'rateLimited'] as const)(
    'that was accepted counts, although waiting for it ends with %s',
    async (kind) => {
      const stand = await aComputeStand()
      const wanted = await wantedOf(stand)
      stand.cloud.world.troubles.add({ kind, method: 'compute.zoneOperations.wait' })
      await stand.ports.machines.insert(anAttempt('one'), PLACE, wanted)
      expect(await stand.ports.machines.find(PLACE)).toMatchObject({ state: 'running' })
    },
  )

  test('that fails after it was returned from leaves no machine', async () => {
    const operations = { 'compute.instances.insert': 10_000, other: 0 }
    const stand = await aComputeStand({ latencies: { calls: { other: 0 }, operations } })
    const { machines } = stand.ports
    const wanted = await wantedOf(stand)
    stand.cloud.world.troubles.add({ kind: 'stockout', method: 'compute.instances.insert' })
    await machines.insert({ op: 'one', untilMs: START_MS + 5_100 }, PLACE, wanted)
    stand.clock.advance(10_000)
    expect(await machines.find(PLACE)).toBeUndefined()
  })

  test('makes no address of its own, and boots measured', async () => {
    const stand = await aComputeStand()
    await aRunningMachine(stand)
    const { networkInterfaces, shieldedInstanceConfig, serviceAccounts } = await shown(stand)
    expect(JSON.stringify(networkInterfaces)).not.toContain('accessConfigs')
    expect(shieldedInstanceConfig).toEqual({
      enableSecureBoot: true,
      enableVtpm: true,
      enableIntegrityMonitoring: true,
    })
    expect(serviceAccounts).toEqual([
      {
        email: `${NAME}@demo-project.iam.gserviceaccount.com`,
        scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      },
    ])
  })
})
