import { describe, expect, test } from 'vitest'
import { must } from './a-cloud.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { EXPIRED, PLACE } from './adapter-stand.ts'
import {
  aComputeStand,
  anAttempt,
  aRunningMachine,
  DISK_PATH,
  NAME,
  told,
  wantedOf,
  changesOf,
  shown,
} from './compute-stand.ts'

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
  // Its boot disk is labelled, too.
  expect(await twice((op) => machines.label(anAttempt(op), PLACE, id, { ...identityLabels(PLACE), a: 'b' }))).toBe(2)
  expect(await twice((op) => machines.stop(anAttempt(op), PLACE, id))).toBe(1)
  expect(await twice((op) => machines.start(anAttempt(op), PLACE, id, 1))).toBe(2)
  expect(await twice((op) => machines.delete(anAttempt(op), PLACE, id))).toBe(1)
  expect(await machines.find(PLACE)).toBeUndefined()
})

test('the disk that a machine boots from is labelled as the machine, and stays unmanaged', async () => {
  const stand = await aComputeStand()
  const id = await aRunningMachine(stand)
  const bootDisk = DISK_PATH.replace(/-data$/, '')
  const { 'ap-managed': _, ...billed } = identityLabels(PLACE)
  expect((await must(stand.send, `GET ${bootDisk}`))['labels']).toEqual(billed)
  await stand.ports.machines.label(anAttempt('one'), PLACE, id, { ...identityLabels(PLACE), team: 'a' })
  expect((await must(stand.send, `GET ${bootDisk}`))['labels']).toEqual({ ...billed, team: 'a' })
})

test('a boot disk that somebody made look managed is seen, and is not so any more', async () => {
  const stand = await aComputeStand()
  const { machines } = stand.ports
  const id = await aRunningMachine(stand)
  const bootDisk = DISK_PATH.replace(/-data$/, '')
  const labels = identityLabels(PLACE)
  const { labelFingerprint = '' } = await must(stand.send, `GET ${bootDisk}`)
  await must(stand.send, `POST ${bootDisk}/setLabels`, { labels, labelFingerprint })
  expect((await machines.find(PLACE))?.bootLabels).not.toEqual(labels)
  await machines.label(anAttempt('one'), PLACE, id, labels)
  expect((await must(stand.send, `GET ${bootDisk}`))['labels']).not.toHaveProperty('ap-managed')
  expect(await machines.find(PLACE)).toMatchObject({ labels, bootLabels: labels })
})

test('a boot disk that somebody labelled otherwise is seen, and labelled alone', async () => {
  const stand = await aComputeStand()
  const { machines } = stand.ports
  const id = await aRunningMachine(stand)
  const bootDisk = DISK_PATH.replace(/-data$/, '')
  const { labelFingerprint = '' } = await must(stand.send, `GET ${bootDisk}`)
  await must(stand.send, `POST ${bootDisk}/setLabels`, { labels: { team: 'theirs' }, labelFingerprint })
  const labels = identityLabels(PLACE)
  expect(await machines.find(PLACE)).toMatchObject({ labels, bootLabels: { 'ap-managed': 'true', team: 'theirs' } })
  const changed = await changesOf(stand, () => machines.label(anAttempt('one'), PLACE, id, labels))
  expect(changed).toEqual([expect.stringMatching(/disks\/\w[\w-]*\/setLabels/)])
  expect(await machines.find(PLACE)).toMatchObject({ labels, bootLabels: labels })
})

test('a machine whose boot disk could not be labelled is labelled by the next attempt', async () => {
  const stand = await aComputeStand()
  const { machines } = stand.ports
  const id = await aRunningMachine(stand)
  const labels = { ...identityLabels(PLACE), team: 'a' }
  stand.cloud.world.troubles.add({ kind: 'unavailable', method: 'compute.disks.setLabels', times: 1 })
  await expect(machines.label(anAttempt('one'), PLACE, id, labels)).rejects.toMatchObject({ kind: 'Unavailable' })
  expect((await shown(stand))['labels']).not.toEqual(labels)
  await machines.label(anAttempt('two'), PLACE, id, labels)
  expect((await shown(stand))['labels']).toEqual(labels)
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
