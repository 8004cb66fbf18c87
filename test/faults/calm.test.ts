import { expect, test } from 'vitest'
import { checkEnd } from './invariants.ts'
import { AGENT, PLANE, withPlane } from './stage.ts'

test('a spec becomes a running agent, with the sweep off', async () => {
  const { driver, put, phase, world } = await withPlane()
  const ada = put('ada')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(world.cloud.leftOf(ada.uid).toSorted()).toEqual(['access', 'account', 'disk', 'machine', 'secret'])
  expect(world.errors).toEqual([])
})

test('a settled agent costs sweeps no write', async () => {
  const { driver, put, world } = await withPlane()
  put('ada')
  await driver.forMs(60_000)
  await driver.settle()
  const before = world.store.statusWrites
  for (let i = 0; i < 10; i++) await driver.sweep()
  expect(world.store.statusWrites).toBe(before)
  checkEnd(world)
})

test('a removed agent keeps its disk, and after the retention nothing', async () => {
  const { driver, put, phase, world } = await withPlane()
  const ada = put('ada')
  await driver.forMs(60_000)
  put('ada', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Removed')
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
  expect(world.store.agents.size).toBe(0)
  await driver.forMs(86_400_000)
  await driver.settle()
  expect(phase(ada)).toBe('Purged')
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
})

test('an edit reaches the running machine', async () => {
  const { driver, put, phase, world } = await withPlane()
  const ada = put('ada')
  await driver.forMs(60_000)
  put('ada', { ...AGENT, machineType: 'e2-standard-4', secrets: [], restart: 1 })
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Ready')
  checkEnd(world)
})

test('a stopped machine is found by the sweep and started again', async () => {
  const { driver, put, phase, world, invariants } = await withPlane()
  const ada = put('ada')
  await driver.forMs(60_000)
  for (const machine of world.cloud.machines.values()) machine.state = 'stopped'
  invariants.outside.add(ada.uid)
  await driver.sweep()
  invariants.outside.clear()
  await driver.settle()
  expect(phase(ada)).toBe('Ready')
})

test('a plane goes when its last agent is gone', async () => {
  const { driver, put, phase, plane, putPlane, world } = await withPlane()
  put('ada')
  await driver.forMs(60_000)
  putPlane({ project: 'acme-project', region: 'us-east4', backend: 'process', desiredState: 'removed' })
  await driver.forMs(60_000)
  expect(phase(plane)).toBe('Removing')
  put('ada', { ...AGENT, desiredState: 'removed', purge: true })
  await driver.forMs(60_000)
  expect(phase(plane)).toBe('Purged')
  expect(world.cloud.networks.size).toBe(0)
})

test('after a restore orphans are reported, and removed only when an admin says so', async () => {
  const { driver, put, phase, plane, putPlane, world } = await withPlane()
  const ada = put('ada')
  await driver.forMs(60_000)
  // The database goes back to before the agent was added.
  world.store.agents.clear()
  world.store.statuses.delete(ada.uid)
  putPlane({ ...PLANE, orphans: 'report' })
  await driver.forMs(10 * 60_000)
  for (let i = 0; i < 3; i++) await driver.sweep()
  expect(world.cloud.machines.size).toBe(1)
  expect(world.store.status(plane.uid)?.conditions['Orphans']).toMatchObject({ status: 'True', reason: 'ReportOnly' })
  putPlane({ ...PLANE, orphans: 'remove' })
  await driver.settle()
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
  expect(phase(ada)).toBe('Removed')
  expect(world.store.status(plane.uid)?.conditions['Orphans']).toBeUndefined()
})

test('a removal that is flipped back to running goes on, and nothing of the former agent is used again', async () => {
  const { driver, put, phase, world } = await withPlane()
  const ada = put('ada')
  await driver.forMs(60_000)
  world.cloud.broken.set('access.revoke', 'Unavailable')
  put('ada', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(1_000)
  put('ada', AGENT)
  await driver.forMs(1_000)
  expect(phase(ada)).toBe('Removing')
  world.cloud.broken.clear()
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Removed')
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
  expect(world.store.agents.size).toBe(0)
})
