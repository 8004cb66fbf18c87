import { describe, expect, test } from 'vitest'
import { compute, must, REGION, ZONE } from './a-cloud.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { changes, EXPIRED, PLACE } from './adapter-stand.ts'
import { aComputeStand, anAttempt, aRunningMachine, DISK_PATH, NAME } from './compute-stand.ts'
import type { ComputeStand } from './compute-stand.ts'

const LABELS = identityLabels(PLACE)
const POLICIES = `${compute(REGION)}/resourcePolicies`
const DAILY = { schedule: { dailySchedule: { daysInCycle: 1, startTime: '05:00' } } }

test('a disk has its labels and its snapshot schedule from the first moment', async () => {
  const { ports, send } = await aComputeStand()
  const made = await ports.disks.create(anAttempt('one'), PLACE, { ...LABELS, team: 'red' })
  expect(made).toEqual({
    id: expect.stringMatching(/^\d+$/),
    zone: 'europe-west1-b',
    ours: true,
    attached: false,
    used: false,
    scheduled: true,
    labels: { ...LABELS, team: 'red' },
  })
  expect(await must(send, `GET ${DISK_PATH}`)).toMatchObject({
    sizeGb: '10',
    type: expect.stringMatching(/diskTypes\/pd-balanced$/),
    resourcePolicies: [expect.stringMatching(/resourcePolicies\/ap-planeuid22$/)],
  })
})

/** Our disk as somebody left it: with these schedules, none of which the plane made. */
async function aDiskLeft(...resourcePolicies: readonly string[]): Promise<ComputeStand> {
  const stand = await aComputeStand()
  const { send } = stand
  for (const name of resourcePolicies) await must(send, `POST ${POLICIES}`, { name, snapshotSchedulePolicy: DAILY })
  const attached = resourcePolicies.map((name) => `${REGION}/resourcePolicies/${name}`)
  await must(send, `POST ${compute(ZONE)}/disks`, {
    name: `${NAME}-data`,
    sizeGb: '10',
    labels: LABELS,
    resourcePolicies: attached,
  })
  return stand
}

describe('a disk whose snapshot schedule was taken off', () => {
  test('gets it again, once, whichever answer is lost', async () => {
    const { ports, send, cloud, requests } = await aDiskLeft()
    expect(await ports.disks.find(PLACE)).toMatchObject({ ours: true, scheduled: false })
    cloud.world.troubles.add({ kind: 'lostAnswer', method: 'compute.disks.addResourcePolicies' })
    await expect(ports.disks.schedule(anAttempt('one'), PLACE)).rejects.toMatchObject({ kind: 'Unavailable' })
    await ports.disks.schedule(anAttempt('two'), PLACE)
    await ports.disks.schedule(anAttempt('three'), PLACE)
    expect(changes(requests).filter((line) => line.endsWith('/addResourcePolicies'))).toHaveLength(1)
    expect(await ports.disks.find(PLACE)).toMatchObject({ scheduled: true })
    expect(await must(send, `GET ${DISK_PATH}`)).toMatchObject({
      resourcePolicies: [expect.stringMatching(/europe-west1\/resourcePolicies\/ap-planeuid22$/)],
    })
  })

  test('for another keeps that one, and a person is told', async () => {
    const { ports, requests } = await aDiskLeft('theirs')
    expect(await ports.disks.find(PLACE)).toMatchObject({ scheduled: false })
    const before = requests.length
    await expect(ports.disks.schedule(anAttempt('one'), PLACE)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringMatching(/another snapshot schedule, theirs; remove it from the disk, then retry$/),
    })
    expect(changes(requests.slice(before))).toEqual([])
  })

  test('is not touched by an attempt that is over', async () => {
    const { ports, requests } = await aDiskLeft()
    const before = requests.length
    await expect(ports.disks.schedule(EXPIRED, PLACE)).rejects.toThrow(LeaseExpired)
    expect(changes(requests.slice(before))).toEqual([])
  })
})

test.each([
  ['lostAnswer', 'Unavailable'],
  ['lostRequest', 'Unavailable'],
  ['rateLimited', 'RateLimited'],
  ['stockout', 'Stockout'],
  ['operationQuota', 'QuotaExceeded'],
] as const)('after %s another attempt makes the disk', async (kind, said) => {
  const { ports, cloud } = await aComputeStand()
  cloud.world.troubles.add({ kind, method: 'compute.disks.insert' })
  await expect(ports.disks.create(anAttempt('one'), PLACE, LABELS)).rejects.toMatchObject({ kind: said })
  expect(await ports.disks.create(anAttempt('two'), PLACE, LABELS)).toMatchObject({ ours: true })
})

test('a disk that came through a moment before is adopted; somebody else’s is left alone', async () => {
  const ours = await aComputeStand()
  ours.cloud.world.troubles.add({ kind: 'conflictOurs', method: 'compute.disks.insert' })
  expect(await ours.ports.disks.create(anAttempt('one'), PLACE, LABELS)).toMatchObject({ ours: true })
  const foreign = await aComputeStand()
  const { disks } = foreign.ports
  foreign.cloud.world.troubles.add({ kind: 'conflictForeign', method: 'compute.disks.insert' })
  await expect(disks.create(anAttempt('one'), PLACE, LABELS)).rejects.toMatchObject({ kind: 'Conflict' })
  const before = foreign.requests.length
  await expect(disks.delete(anAttempt('two'), PLACE)).rejects.toMatchObject({ kind: 'Conflict' })
  await expect(disks.label(anAttempt('three'), PLACE, LABELS)).rejects.toMatchObject({ kind: 'Conflict' })
  expect(changes(foreign.requests.slice(before))).toEqual([])
  expect(await disks.find(PLACE)).toMatchObject({ ours: false })
})

test('a disk that a machine has had is used, and cannot be deleted while the machine is there', async () => {
  const stand = await aComputeStand()
  const { disks, machines } = stand.ports
  const id = await aRunningMachine(stand)
  expect(await disks.find(PLACE)).toMatchObject({ attached: true, used: true })
  const refused = disks.delete(anAttempt('one'), PLACE)
  await expect(refused).rejects.toMatchObject({ kind: 'Conflict', message: expect.stringContaining('machine first') })
  await machines.delete(anAttempt('two'), PLACE, id)
  expect(await disks.find(PLACE)).toMatchObject({ attached: false, used: true })
  await disks.delete(anAttempt('three'), PLACE)
  expect(await disks.find(PLACE)).toBeUndefined()
})

test('labels are set once, keep Google’s own, and are read again when they are stale', async () => {
  const stand = await aComputeStand()
  const { disks } = stand.ports
  await disks.create(anAttempt('one'), PLACE, LABELS)
  stand.cloud.world.troubles.add({ kind: 'staleEtag', method: 'compute.disks.setLabels', times: 2 })
  await disks.label(anAttempt('two'), PLACE, { ...LABELS, team: 'red' })
  const before = stand.requests.length
  await disks.label(anAttempt('three'), PLACE, { ...LABELS, team: 'red' })
  expect(changes(stand.requests.slice(before))).toEqual([])
  expect(await disks.find(PLACE)).toMatchObject({ labels: { ...LABELS, team: 'red' } })
  stand.cloud.world.troubles.add({ kind: 'staleEtag', method: 'compute.disks.setLabels', times: 3 })
  await expect(disks.label(anAttempt('four'), PLACE, LABELS)).rejects.toMatchObject({ kind: 'Conflict' })
})

test('nothing is done after the attempt has ended', async () => {
  const stand = await aComputeStand()
  const { disks } = stand.ports
  await expect(disks.create(EXPIRED, PLACE, LABELS)).rejects.toBeInstanceOf(LeaseExpired)
  await expect(disks.delete(EXPIRED, PLACE)).rejects.toBeInstanceOf(LeaseExpired)
  await disks.create(anAttempt('one'), PLACE, LABELS)
  await expect(disks.label(EXPIRED, PLACE, LABELS)).rejects.toBeInstanceOf(LeaseExpired)
  await expect(disks.delete(EXPIRED, PLACE)).rejects.toBeInstanceOf(LeaseExpired)
  expect(await disks.find(PLACE)).toMatchObject({ ours: true })
})
