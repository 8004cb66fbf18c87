import { expect, test } from 'vitest'
import { mutationsOf, settled } from './cast.ts'
import { plan } from './plan.ts'
import { ZONES, MINUTE_MS, region, pinnedOf, messageOf, zonesOf, moved, firstOf, after } from './region.ts'
import { AGENT, PLANE, stage } from './stage.ts'

test('an agent whose zone is full at first takes the next, and its empty disk goes before another is made', async () => {
  const set = await region()
  const mutations = mutationsOf(set.world)
  const ada = await moved(set)
  const { world, phase } = set
  expect(phase(ada)).toBe('Ready')
  expect(pinnedOf(world, ada)).toMatchObject({ zone: after(firstOf(ada)), left: [firstOf(ada)] })
  expect([zonesOf(world.cloud.disks), zonesOf(world.cloud.machines)]).toEqual([
    [after(firstOf(ada))],
    [after(firstOf(ada))],
  ])
  const disks = mutations.filter((mutation) => mutation.startsWith('disks.')).map((mutation) => mutation.split(' ')[0])
  expect(disks).toEqual(['disks.create', 'disks.delete', 'disks.create'])
  await settled(set)
})

test('which zone was full and where the agent goes is said', async () => {
  const set = await region()
  const ada = set.put('ada')
  const first = firstOf(ada)
  for (const zone of ZONES) set.world.cloud.full.add(zone)
  await set.driver.forMs(MINUTE_MS)
  expect(messageOf(set.world, ada)).toMatch(/^zone us-east4-[abc] has no room for this machine now; /)
  expect(pinnedOf(set.world, ada).left?.toSorted()).toEqual(
    ZONES.filter((zone) => zone !== pinnedOf(set.world, ada).zone),
  )
  expect(set.world.store.agentStatus(ada.uid)?.pinned?.zones?.[0]).toBe(first)
})

test('where no zone has room the agent goes round slowly, never fails, and comes up when one has', async () => {
  const set = await region()
  const { world, driver, phase } = set
  for (const zone of ZONES) world.cloud.full.add(zone)
  const mutations = mutationsOf(world)
  const ada = set.put('ada')
  await driver.forMs(120 * MINUTE_MS)
  expect(phase(ada)).toBe('Provisioning')
  // A first round at once, then ten minutes in each zone.
  expect(mutations.filter((mutation) => mutation.startsWith('disks.create')).length).toBeLessThan(20)
  world.cloud.full.delete('us-east4-b')
  await driver.forMs(60 * MINUTE_MS)
  expect(phase(ada)).toBe('Ready')
  expect(zonesOf(world.cloud.machines)).toEqual(['us-east4-b'])
  await settled(set)
})

test('a disk that finds no room moves like a machine', async () => {
  const set = await region()
  const ada = set.put('ada')
  set.world.cloud.full.add(`disk ${firstOf(ada)}`)
  await set.driver.forMs(2 * MINUTE_MS)
  expect(set.phase(ada)).toBe('Ready')
  expect(zonesOf(set.world.cloud.disks)).toEqual([after(firstOf(ada))])
  await settled(set)
})

test('an agent that ever had a machine waits where its data is, and says so', async () => {
  const set = await region()
  const { world, driver, put, phase } = set
  const ada = put('ada')
  await driver.forMs(MINUTE_MS)
  const [disk] = world.cloud.disks.values()
  put('ada', { ...AGENT, desiredState: 'stopped' })
  await driver.forMs(MINUTE_MS)
  world.cloud.full.add(firstOf(ada))
  put('ada', AGENT)
  await driver.forMs(60 * MINUTE_MS)
  expect(phase(ada)).toBe('Provisioning')
  expect(messageOf(world, ada)).toBe(
    `zone ${firstOf(ada)} has no room for this machine now; its disk holds data, so it waits for room in ${firstOf(ada)}`,
  )
  expect(pinnedOf(world, ada)).not.toHaveProperty('left')
  world.cloud.full.clear()
  await driver.forMs(5 * MINUTE_MS)
  expect(phase(ada)).toBe('Ready')
  expect([...world.cloud.disks.values()]).toEqual([expect.objectContaining({ id: disk?.id })])
  await settled(set)
})

test('a machine that ran before anybody wrote it down makes its agent go back to its disk', async () => {
  const planned = plan()
  const set = await region(planned)
  const { world, driver, put, phase } = set
  // The machine is inserted, and whoever inserted it dies.
  planned.next('crashAfter', 'machines.insert')
  const ada = put('ada')
  const stop = (): void => {
    for (const machine of world.cloud.machines.values()) machine.state = 'stopped'
    world.cloud.full.add(firstOf(ada))
  }
  await driver.forMs(20_000)
  expect(world.cloud.machines.size).toBe(1)
  stop()
  await driver.forMs(10 * MINUTE_MS)
  world.cloud.full.clear()
  await driver.forMs(10 * MINUTE_MS)
  expect(phase(ada)).toBe('Ready')
  expect([zonesOf(world.cloud.disks), zonesOf(world.cloud.machines)]).toEqual([[firstOf(ada)], [firstOf(ada)]])
  await settled(set)
})

test.each([
  ['a zone of its own', { ...AGENT, zone: 'us-east4-b' }, PLANE, ['us-east4-b']],
  ['the zone of its plane', AGENT, { ...PLANE, zones: ['us-east4-c'] }, ['us-east4-c']],
])('an agent that has %s stays in it', async (_, fields, plane, zones) => {
  const set = stage()
  set.world.cloud.zones = ZONES
  set.putPlane(plane)
  await set.driver.forMs(5_000)
  set.world.cloud.full.add(zones[0] ?? '')
  const ada = set.put('ada', fields)
  await set.driver.forMs(40 * MINUTE_MS)
  expect(pinnedOf(set.world, ada)).toMatchObject({ zones, zone: zones[0] })
  expect(messageOf(set.world, ada)).toContain('it may be in no other zone')
})

test('an agent that is added with its plane learns the zones when the plane has found them', async () => {
  const set = stage()
  set.world.cloud.zones = ['us-east4-b', 'us-east4-c']
  set.putPlane()
  const ada = set.put('ada')
  await set.driver.forMs(2 * MINUTE_MS)
  expect(set.phase(ada)).toBe('Ready')
  expect(pinnedOf(set.world, ada).zones?.toSorted()).toEqual(['us-east4-b', 'us-east4-c'])
})
