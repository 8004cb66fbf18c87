import { describe, expect, test } from 'vitest'
import { START_MS, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'
import { typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { projectRoles } from '../../shared/grants/roles.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { changes, EXPIRED, PLACE } from './adapter-stand.ts'
import {
  aComputeStand,
  anAttempt,
  aRunningMachine,
  computePorts,
  DISK_PATH,
  MACHINE_PATH,
  NAME,
  told,
  wantedOf,
} from './compute-stand.ts'
import type { ComputeStand } from './compute-stand.ts'

const shown = ({ send }: ComputeStand): Promise<JsonObject> => must(send, `GET ${MACHINE_PATH}`)

/** Changes made while something ran, waits for operations left out. */
async function changesOf({ requests }: ComputeStand, run: () => Promise<unknown>): Promise<readonly string[]> {
  const before = requests.length
  await run()
  return changes(requests.slice(before)).filter((line) => !line.includes('/operations/'))
}

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

describe('a change of metadata', () => {
  test('keeps what others have written', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { metadata } = await shown(stand)
    const { items, fingerprint } = metadata as { readonly items: readonly JsonObject[]; readonly fingerprint: string }
    const others = [...items, { key: 'somebody', value: 'else' }]
    await must(stand.send, `POST ${MACHINE_PATH}/setMetadata`, { fingerprint, items: others })
    await stand.ports.machines.configure(anAttempt('one'), PLACE, id, told('g2'))
    const after = (await shown(stand))['metadata'] as { readonly items: readonly JsonObject[] }
    expect(after.items).toContainEqual({ key: 'somebody', value: 'else' })
    expect(after.items).toHaveLength(others.length)
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ generation: 'g2', restart: 0 })
  })

  test('closes what somebody has opened', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { metadata } = await shown(stand)
    const { items, fingerprint } = metadata as { readonly items: readonly JsonObject[]; readonly fingerprint: string }
    const opened = items.map((item) => (item['key'] === 'serial-port-enable' ? { ...item, value: 'TRUE' } : item))
    await must(stand.send, `POST ${MACHINE_PATH}/setMetadata`, { fingerprint, items: opened })
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ generation: '' })
    await stand.ports.machines.configure(anAttempt('one'), PLACE, id, told('g1'))
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ generation: 'g1' })
    expect(JSON.stringify((await shown(stand))['metadata'])).toContain('"serial-port-enable","value":"FALSE"')
  })

  test.each([
    [
      'setMetadata',
      (stand: ComputeStand, id: string) => stand.ports.machines.configure(anAttempt('one'), PLACE, id, told('g2')),
    ],
    [
      'setLabels',
      (stand: ComputeStand, id: string) =>
        stand.ports.machines.label(anAttempt('one'), PLACE, id, { ...identityLabels(PLACE), a: 'b' }),
    ],
  ])('by %s that is stale is read and written again, three times at most', async (verb, change) => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const method = `compute.instances.${verb}`
    stand.cloud.world.troubles.add({ kind: 'staleEtag', method, times: 2 })
    expect(await changesOf(stand, () => change(stand, id))).toHaveLength(3)
    const { labels } = await shown(stand)
    const unlike = { ...told('g3') }
    stand.cloud.world.troubles.add({ kind: 'staleEtag', method, times: 3 })
    const again =
      verb === 'setLabels'
        ? stand.ports.machines.label(anAttempt('two'), PLACE, id, { ...identityLabels(PLACE), c: 'd' })
        : stand.ports.machines.configure(anAttempt('two'), PLACE, id, unlike)
    await expect(again).rejects.toMatchObject({ kind: 'Conflict' })
    expect((await shown(stand))['labels']).toEqual(labels)
    expect((await stand.ports.machines.find(PLACE))?.generation).not.toBe('g3')
  })

  test('that changes nothing writes nothing', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { machines } = stand.ports
    const same = await changesOf(stand, async () => {
      await machines.configure(anAttempt('one'), PLACE, id, told('g1'))
      await machines.label(anAttempt('two'), PLACE, id, identityLabels(PLACE))
      await machines.start(anAttempt('three'), PLACE, id, 0)
    })
    expect(same).toEqual([])
  })

  test('too large for Compute Engine is refused before it is sent', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const large = { generation: 'g2', openclaw: 'x'.repeat(256 * 1024) }
    const refused = stand.ports.machines.configure(anAttempt('one'), PLACE, id, large)
    await expect(refused).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('ap-configuration'),
    })
  })
})

test('labels of Google’s own stay beside ours', async () => {
  const stand = await aComputeStand()
  const id = await aRunningMachine(stand)
  const { labelFingerprint, labels } = await shown(stand)
  const entry = stand.cloud.world.store.find(MACHINE_PATH.replace('/compute/v1/', ''))
  if (entry === undefined) throw new Error('the machine is not in the store')
  expect(labelFingerprint).toBeDefined()
  const goog = { ...(labels as JsonObject), 'goog-ops-agent-policy': 'v2' }
  stand.cloud.world.store.put({ ...entry, body: { ...entry.body, labels: goog } })
  await stand.ports.machines.label(anAttempt('one'), PLACE, id, { ...identityLabels(PLACE), team: 'red' })
  expect((await shown(stand))['labels']).toEqual({
    ...identityLabels(PLACE),
    team: 'red',
    'goog-ops-agent-policy': 'v2',
  })
})

describe('a start', () => {
  test('in a zone without room says so, and the machine stays stopped', async () => {
    const stand = await aComputeStand()
    const { machines } = stand.ports
    const id = await aRunningMachine(stand)
    await machines.stop(anAttempt('stop'), PLACE, id)
    stand.cloud.world.troubles.add({ kind: 'stockout', method: 'compute.instances.start' })
    await expect(machines.start(anAttempt('one'), PLACE, id, 1)).rejects.toMatchObject({ kind: 'Stockout' })
    expect(await machines.find(PLACE)).toMatchObject({ id, state: 'stopped', restart: 1 })
    await machines.start(anAttempt('two'), PLACE, id, 1)
    expect(await machines.find(PLACE)).toMatchObject({ id, state: 'running', restart: 1 })
  })

  test('of a machine that runs is no restart', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const started = stand.ports.machines.start(anAttempt('one'), PLACE, id, 1)
    await expect(started).rejects.toMatchObject({ kind: 'Conflict', message: expect.stringContaining('stopped') })
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ restart: 0 })
  })
})

test('what is done twice is done once', async () => {
  const stand = await aComputeStand()
  const { machines } = stand.ports
  const id = await aRunningMachine(stand)
  const twice = async (act: (op: string) => Promise<void>): Promise<number> =>
    (
      await changesOf(stand, async () => {
        await act('first')
        await act('second')
      })
    ).length
  expect(await twice((op) => machines.configure(anAttempt(op), PLACE, id, told('g2')))).toBe(1)
  expect(await twice((op) => machines.label(anAttempt(op), PLACE, id, { ...identityLabels(PLACE), a: 'b' }))).toBe(1)
  expect(await twice((op) => machines.stop(anAttempt(op), PLACE, id))).toBe(1)
  expect(await twice((op) => machines.start(anAttempt(op), PLACE, id, 1))).toBe(2)
  expect(await twice((op) => machines.delete(anAttempt(op), PLACE, id))).toBe(1)
  expect(await machines.find(PLACE)).toBeUndefined()
})

test('a deletion that takes minutes is asked for once', async () => {
  const operations = { 'compute.instances.delete': 140_000, other: 0 }
  const stand = await aComputeStand({ latencies: { calls: { other: 0 }, operations } })
  const { machines } = stand.ports
  const id = await aRunningMachine(stand)
  const impatient = (op: string) => ({ op, untilMs: stand.clock.nowMs() + 5_100 })
  const deletions = await changesOf(stand, async () => {
    await machines.delete(impatient('one'), PLACE, id)
    stand.clock.advance(70_000)
    await machines.delete(impatient('two'), PLACE, id)
    stand.clock.advance(70_000)
    await machines.delete(impatient('three'), PLACE, id)
  })
  expect(deletions).toHaveLength(1)
  expect(await machines.find(PLACE)).toBeUndefined()
})

test.each(['stop', 'start', 'setMetadata', 'setLabels', 'delete'])(
  'an answer to %s that is lost is found to have been given',
  async (verb) => {
    const stand = await aComputeStand()
    const { machines } = stand.ports
    const id = await aRunningMachine(stand)
    if (verb === 'start') await machines.stop(anAttempt('stop'), PLACE, id)
    const act: Readonly<Record<string, (op: string) => Promise<void>>> = {
      stop: (op) => machines.stop(anAttempt(op), PLACE, id),
      start: (op) => machines.start(anAttempt(op), PLACE, id, 0),
      setMetadata: (op) => machines.configure(anAttempt(op), PLACE, id, told('g2')),
      setLabels: (op) => machines.label(anAttempt(op), PLACE, id, { ...identityLabels(PLACE), a: 'b' }),
      delete: (op) => machines.delete(anAttempt(op), PLACE, id),
    }
    stand.cloud.world.troubles.add({ kind: 'lostAnswer', method: `compute.instances.${verb}` })
    await expect(act[verb]?.('one')).rejects.toMatchObject({ kind: 'Unavailable' })
    expect(await changesOf(stand, async () => act[verb]?.('two'))).toEqual([])
  },
)

test('a machine that was made anew is not touched in the name of the one before', async () => {
  const stand = await aComputeStand()
  const { machines } = stand.ports
  const former = await aRunningMachine(stand)
  await machines.delete(anAttempt('delete'), PLACE, former)
  await machines.insert(anAttempt('again'), PLACE, await wantedOf(stand))
  const made = await changesOf(stand, async () => {
    await machines.stop(anAttempt('a'), PLACE, former)
    await machines.delete(anAttempt('b'), PLACE, former)
    await expect(machines.start(anAttempt('c'), PLACE, former, 1)).rejects.toMatchObject({ kind: 'NotFound' })
    await expect(machines.label(anAttempt('d'), PLACE, former, {})).rejects.toMatchObject({ kind: 'NotFound' })
    await expect(machines.configure(anAttempt('e'), PLACE, former, told('g2'))).rejects.toMatchObject({
      kind: 'NotFound',
    })
  })
  expect(made).toEqual([])
})

test('nothing is done after the attempt has ended', async () => {
  const stand = await aComputeStand()
  const { machines } = stand.ports
  const wanted = await wantedOf(stand)
  await expect(machines.insert(EXPIRED, PLACE, wanted)).rejects.toBeInstanceOf(LeaseExpired)
  const id = await aRunningMachine(stand)
  const made = await changesOf(stand, async () => {
    for (const late of [
      () => machines.configure(EXPIRED, PLACE, id, told('g1')),
      () => machines.label(EXPIRED, PLACE, id, identityLabels(PLACE)),
      () => machines.start(EXPIRED, PLACE, id, 0),
      () => machines.stop(EXPIRED, PLACE, id),
      () => machines.delete(EXPIRED, PLACE, 'another'),
    ])
      await expect(late()).rejects.toBeInstanceOf(LeaseExpired)
  })
  expect(made).toEqual([])
})

test('every change has a request id of its own', async () => {
  const ids: (string | null)[] = []
  const stand = await aComputeStand({}, (request, answer) => {
    const url = new URL(request.url, 'http://cloud.example')
    const isWait = url.pathname.endsWith('/wait')
    if (url.pathname.startsWith('/compute/') && request.httpMethod !== 'GET' && !isWait)
      ids.push(url.searchParams.get('requestId'))
    return answer(request)
  })
  const { machines } = stand.ports
  const id = await aRunningMachine(stand)
  await machines.configure(anAttempt('one'), PLACE, id, told('g2'))
  await machines.label(anAttempt('one'), PLACE, id, { ...identityLabels(PLACE), a: 'b' })
  await machines.stop(anAttempt('one'), PLACE, id)
  await machines.start(anAttempt('two'), PLACE, id, 1)
  await machines.delete(anAttempt('two'), PLACE, id)
  expect(ids).not.toContain(null)
  expect(new Set(ids).size).toBe(ids.length)
})

test('the disk of a machine is its own, attached under the name the machine knows', async () => {
  const stand = await aComputeStand()
  await aRunningMachine(stand)
  const { users } = await must(stand.send, `GET ${DISK_PATH}`)
  expect(users).toEqual([expect.stringMatching(new RegExp(`/instances/${NAME}$`))])
  const { disks } = await shown(stand)
  expect(disks).toMatchObject([
    { boot: true, autoDelete: true },
    { deviceName: 'ap-data', autoDelete: false },
  ])
})
