import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { inZone } from '../fakes/things.ts'
import { machineOf, mutationsOf, placeOf, readyScene, settled } from './cast.ts'
import { MINUTE_MS, firstOf, moved, region, zonesOf } from './region.ts'
import { AGENT } from './stage.ts'

const DAY_MS = 86_400_000
const REMOVED = { ...AGENT, desiredState: 'removed' }

test('an agent whose status was deleted is Ready again with all that it had', async () => {
  const { driver, phase, world, ada } = await readyScene()
  const mutations = mutationsOf(world)
  world.store.statuses.delete(ada.uid)
  await driver.settle()
  expect(phase(ada)).toBe('Ready')
  expect(mutations).toEqual([])
  await settled({ driver, world })
})

test('an agent that had moved, and whose status was deleted, never has two machines and goes back to its disk', async () => {
  const set = await region()
  const { world, driver, phase } = set
  const ada = await moved(set)
  const before = zonesOf(world.cloud.disks)
  expect(before).not.toEqual([firstOf(ada)])
  world.cloud.full.clear()
  world.store.statuses.delete(ada.uid)
  await driver.sweep()
  await driver.sweep()
  await driver.settle()
  expect(phase(ada)).toBe('Ready')
  expect([zonesOf(world.cloud.disks), zonesOf(world.cloud.machines)]).toEqual([before, before])
  await settled(set)
})

test.each([
  ['keeps its disk', REMOVED, ['disk']],
  ['keeps nothing', { ...REMOVED, purge: true }, []],
])('an agent whose status was deleted during a removal that %s is removed all the same', async (_, fields, left) => {
  const { plan, put, driver, world, ada } = await readyScene()
  plan.next('held', 'machines.delete')
  put('ada', fields)
  await driver.forMs(5_000)
  world.store.statuses.delete(ada.uid)
  await driver.forMs(60_000)
  await driver.release()
  await driver.forMs(10 * 60_000)
  await driver.settle()
  expect(world.cloud.leftOf(ada.uid)).toEqual(left)
  await settled({ driver, world })
})

test('an agent that had moved, and whose status was deleted during its removal, is removed from where it was', async () => {
  const set = await region()
  const { world, driver, put, phase } = set
  const ada = await moved(set)
  set.plan.next('held', 'access.revoke')
  put('ada', { ...REMOVED, purge: true })
  await driver.forMs(5_000)
  world.store.statuses.delete(ada.uid)
  await driver.sweep()
  await driver.forMs(5 * MINUTE_MS)
  expect(phase(ada)).toBe('Purged')
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  await driver.release()
  await settled(set)
})

test('an agent that is removed, and without a status, waits for what its plane knows', async () => {
  const { plan, put, driver, phase, world, ada, plane } = await readyScene()
  plan.next('held', 'access.revoke')
  put('ada', REMOVED)
  await driver.forMs(5_000)
  world.store.statuses.clear()
  world.changed(ada)
  await driver.forMs(1_000)
  expect(phase(ada)).toBeUndefined()
  await driver.release()
  await driver.settle()
  expect([phase(plane), phase(ada)]).toEqual(['Ready', 'Removed'])
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
})

test('what is found of an agent that was taken for one that never was is removed all the same', async () => {
  const { put, driver, phase, world, ada, invariants } = await readyScene()
  const plane = world.store.planes.get('acme')
  if (plane === undefined) throw new Error('no plane')
  put('ada', REMOVED)
  // The documents are lost, and come back one by one.
  for (const documents of [world.store.statuses, world.store.planes]) documents.clear()
  invariants.outside.add(ada.uid)
  await driver.forMs(MINUTE_MS)
  expect(phase(ada)).toBe('Purged')
  world.store.planes.set('acme', plane)
  await driver.forMs(10 * MINUTE_MS)
  await driver.settle()
  invariants.outside.clear()
  expect([phase(ada), world.cloud.leftOf(ada.uid)]).toEqual(['Removed', ['disk']])
  await driver.forMs(DAY_MS)
  await settled({ driver, world })
  expect([phase(ada), world.cloud.leftOf(ada.uid)]).toEqual(['Purged', []])
})

test('a plane whose status was deleted is made again, and its agents are left as they are', async () => {
  const { driver, phase, world, ada, plane } = await readyScene()
  await driver.settle()
  const mutations = mutationsOf(world)
  world.store.statuses.delete(plane.uid)
  await driver.sweep()
  await driver.sweep()
  expect([phase(plane), phase(ada)]).toEqual(['Ready', 'Ready'])
  expect(mutations).toEqual([])
  await settled({ driver, world })
})

test('a machine that somebody makes while the disk of a removed agent is purged goes, and then the disk', async () => {
  const { plan, put, driver, phase, world, ada, invariants } = await readyScene()
  const copy = { ...machineOf(world, ada), id: 'machine-by-hand' }
  put('ada', REMOVED)
  await driver.forMs(60_000)
  plan.next('held', 'disks.delete')
  put('ada', { ...REMOVED, purge: true })
  await driver.forMs(DAY_MS)
  await driver.sweep()
  invariants.outside.add(ada.uid)
  world.cloud.machines.set(inZone(placeOf(ada), names.machine(placeOf(ada))), { ...copy, madeMs: world.nowMs })
  await driver.release()
  await driver.settle()
  invariants.outside.clear()
  expect(phase(ada)).toBe('Purged')
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
})

test('two sweeps at once do what one does', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const bob = put('bob')
  await driver.forMs(60_000)
  await driver.settle()
  machineOf(world, ada).state = 'stopped'
  const mutations = mutationsOf(world)
  world.sweep()
  world.sweep()
  await driver.forMs(60_000)
  expect([phase(ada), phase(bob)]).toEqual(['Ready', 'Ready'])
  expect(mutations).toEqual([`machines.start ${ada.uid}`])
  await settled({ driver, world })
})
