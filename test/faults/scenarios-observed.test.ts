import { expect, test } from 'vitest'
import { DEADLINES_MS } from '../../shared/lifecycle/definition.ts'
import { machineOf, readyScene, settled } from './cast.ts'
import { withPlane } from './stage.ts'
import type { Stage } from './stage.ts'

const MINUTE_MS = 60_000

const conditionOf = ({ world }: Stage, uid: string, name: string) => world.store.status(uid)?.conditions[name]

/** How many statuses so many sweeps write. */
async function writesOf({ driver, world }: Stage, sweeps: number): Promise<number> {
  const before = world.store.statusWrites
  for (let i = 0; i < sweeps; i++) await driver.sweep()
  return world.store.statusWrites - before
}

test('who could read agents’ secrets is looked up by every sweep and written when it changes', async () => {
  const set = await withPlane()
  const { uid } = set.plane
  expect(await writesOf(set, 1)).toBe(1)
  expect(conditionOf(set, uid, 'AdminSeparation')).toMatchObject({ status: 'True', reason: 'NoHumanBindings' })
  expect(await writesOf(set, 12)).toBe(0)
  set.world.cloud.separation = { status: 'False', reason: 'ProjectOwnersPresent', message: 'eve@acme.com is an owner' }
  expect(await writesOf(set, 2)).toBe(1)
  expect(conditionOf(set, uid, 'AdminSeparation')).toMatchObject({
    status: 'False',
    message: 'eve@acme.com is an owner',
  })
})

test.each([
  ['Denied', /^it could not be read: plane.separation was refused: permission x.y.z is missing/],
  ['Unavailable', /^it could not be read: the provider answered Unavailable$/],
] as const)('what cannot be read for %s is Unknown, and known again when it can', async (kind, message) => {
  const set = await withPlane()
  await set.driver.sweep()
  set.world.cloud.broken.set('plane.separation', kind)
  expect(await writesOf(set, 3)).toBe(1)
  const shown = conditionOf(set, set.plane.uid, 'AdminSeparation')
  expect(shown).toMatchObject({
    status: 'Unknown',
    reason: 'Unreadable',
    message: expect.stringMatching(message) as string,
  })
  set.world.cloud.broken.clear()
  expect(await writesOf(set, 3)).toBe(1)
  expect(conditionOf(set, set.plane.uid, 'AdminSeparation')).toMatchObject({ status: 'True' })
})

test('room is measured again once in ten minutes, and written when it changes', async () => {
  const set = await withPlane()
  await set.driver.settle()
  let measured = 0
  const { cloud } = set.world
  const failIfBroken = cloud.failIfBroken.bind(cloud)
  cloud.failIfBroken = (method) => {
    if (method === 'plane.capacity') measured += 1
    failIfBroken(method)
  }
  cloud.fits = 0
  expect(await writesOf(set, 20)).toBe(1)
  expect(measured).toBe(2)
  expect(conditionOf(set, set.plane.uid, 'Capacity')).toMatchObject({ status: 'False', reason: 'Full' })
  cloud.broken.set('plane.capacity', 'Unavailable')
  expect(await writesOf(set, 20)).toBe(1)
  expect(conditionOf(set, set.plane.uid, 'Capacity')).toMatchObject({ status: 'Unknown' })
  cloud.broken.clear()
  await set.driver.sweep()
  expect(conditionOf(set, set.plane.uid, 'Capacity')).toMatchObject({ status: 'False', reason: 'Full' })
})

test.each<[string, (parts: Set<string>) => void]>([
  ['lost a part', (parts) => void parts.delete('rules')],
  ['lost all of them', (parts) => parts.clear()],
])('a network that %s is made whole by the next sweep', async (_, change) => {
  const set = await withPlane()
  const { driver, world, phase, plane } = set
  await driver.settle()
  const [network] = world.cloud.networks.values()
  if (network === undefined) throw new Error('no network')
  change(network.parts)
  await driver.sweep()
  expect([...network.parts].toSorted()).toEqual(['rules', 'subnet'])
  expect(phase(plane)).toBe('Ready')
  expect(await writesOf(set, 3)).toBe(0)
})

test('a network that is gone is made again, and one that cannot be read is left alone', async () => {
  const set = await withPlane()
  const { driver, world } = set
  await driver.settle()
  world.cloud.broken.set('plane.findNetwork', 'Denied')
  expect(await writesOf(set, 3)).toBe(0)
  world.cloud.broken.clear()
  world.cloud.networks.clear()
  await driver.sweep()
  expect(world.cloud.networks.size).toBe(1)
  expect(await writesOf(set, 3)).toBe(0)
})

test('a machine that was slow beyond every deadline makes its agent Ready when it reports at last', async () => {
  const set = await withPlane()
  const { driver, world, phase } = set
  const ada = set.put('ada')
  await driver.forMs(1_000)
  const machine = machineOf(world, ada)
  machine.beat = false
  await driver.forMs(DEADLINES_MS.runtime + MINUTE_MS)
  expect(world.store.agentStatus(ada.uid)?.steps['runtime']?.state).toBe('failed')
  // It runs, but not what it was told: that heals nothing.
  const { applied } = machine
  machine.beat = true
  machine.applied = 'another'
  await driver.sweep()
  expect(phase(ada)).toBe('Failed')
  machine.applied = applied
  await driver.sweep()
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('labels and snapshots that somebody changed or took away are put back', async () => {
  const { driver, world, ada, invariants } = await readyScene()
  await driver.settle()
  const machine = machineOf(world, ada)
  const [disk] = world.cloud.disks.values()
  const [secret] = world.cloud.secrets.values()
  if (disk === undefined || secret === undefined) throw new Error('no disk, or no secret')
  const wanted = { machine: machine.wanted.labels, disk: disk.labels, secret: secret.labels }
  expect([wanted.disk, wanted.secret]).toEqual([wanted.machine, wanted.machine])
  invariants.outside.add(ada.uid)
  machine.wanted = { ...machine.wanted, labels: { ...wanted.machine, team: 'theirs' } }
  disk.labels = { 'ap-managed': 'true' }
  secret.labels = { ...secret.labels, 'ap-owner': 'nobody' }
  await driver.sweep()
  await driver.sweep()
  disk.unscheduled = true
  await driver.sweep()
  invariants.outside.clear()
  expect({ machine: machine.wanted.labels, disk: disk.labels, secret: secret.labels }).toEqual(wanted)
  expect(disk.unscheduled).toBe(false)
  await settled({ driver, world })
})

test('a secret whose values would be lost, and a boot disk on another bill, are put right by themselves', async () => {
  const { driver, world, ada, invariants } = await readyScene()
  await driver.settle()
  const machine = machineOf(world, ada)
  const [secret] = world.cloud.secrets.values()
  if (secret === undefined) throw new Error('no secret')
  invariants.outside.add(ada.uid)
  secret.forgetful = true
  machine.bootLabels = { team: 'theirs' }
  await driver.sweep()
  invariants.outside.clear()
  expect([secret.forgetful, machine.bootLabels]).toEqual([false, undefined])
  await settled({ driver, world })
})

test('a heartbeat that is booked while a sweep goes on is not overwritten by it', async () => {
  const { plan, driver, world, ada } = await readyScene()
  const leaseOf = () => world.store.leases.get('acme')?.get(ada.uid)
  await driver.forMs(MINUTE_MS)
  // The sweep has drained what there is, and stalls; then the machine restarts and reports.
  plan.next('held', 'listStatuses', 'sweep')
  world.sweep()
  await driver.forMs(30_000)
  world.report(ada.uid, world.cloud.heartbeatOf(machineOf(world, ada)) ?? never())
  await driver.forMs(1_000)
  const booked = leaseOf()
  await driver.release()
  await driver.forMs(1_000)
  expect(leaseOf()).toEqual(booked)
  expect(driver.held).toEqual([])
})

function never(): never {
  throw new Error('it does not report')
}
