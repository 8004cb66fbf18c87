import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { inZone } from '../fakes/things.ts'
import { placeOf, settled } from './cast.ts'
import { MINUTE_MS, region, moved, firstOf, after } from './region.ts'
import { AGENT } from './stage.ts'

test.each(['disk', 'machine'] as const)('a %s that turns up in the zone that was left is taken away', async (kind) => {
  const set = await region()
  const { world, driver, phase, invariants } = set
  const ada = await moved(set)
  const { cloud, nowMs } = world
  const place = { ...placeOf(ada), zone: firstOf(ada) }
  const [disk] = cloud.disks.values()
  const [machine] = cloud.machines.values()
  if (disk === undefined || machine === undefined) throw new Error('nothing stands')
  // The request of an attempt that was over long ago.
  const late = { madeMs: nowMs, id: 'late' }
  if (kind === 'disk')
    cloud.disks.set(inZone(place, names.disk(place)), { ...disk, ...late, zone: place.zone, used: false })
  // Its own disk is gone: it hangs on none.
  const shape = { ...machine.wanted.shape, diskId: 'gone' }
  if (kind === 'machine')
    cloud.machines.set(inZone(place, names.machine(place)), {
      ...machine,
      ...late,
      place,
      wanted: { ...machine.wanted, shape },
    })
  invariants.outside.add(ada.uid)
  await driver.sweep()
  await driver.sweep()
  invariants.outside.clear()
  await settled(set)
  expect(phase(ada)).toBe('Ready')
})

test('a moved agent is removed from every zone it was in', async () => {
  const set = await region()
  const { world, driver, put, phase } = set
  const ada = await moved(set)
  const place = { ...placeOf(ada), zone: firstOf(ada) }
  const [disk] = world.cloud.disks.values()
  if (disk === undefined) throw new Error('no disk')
  world.cloud.disks.set(inZone(place, names.disk(place)), { ...disk, id: 'late', zone: place.zone, used: true })
  put('ada', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(2 * MINUTE_MS)
  expect(phase(ada)).toBe('Removed')
  expect(
    world.store
      .agentStatus(ada.uid)
      ?.retained.map(({ zone }) => zone)
      .toSorted(),
  ).toEqual([firstOf(ada), after(firstOf(ada))].toSorted())
  await driver.forMs(86_400_000)
  await driver.settle()
  expect(phase(ada)).toBe('Purged')
  expect(world.cloud.disks.size).toBe(0)
})
