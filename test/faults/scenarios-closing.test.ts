import { expect, test } from 'vitest'
import { dropSpec, emptyScene } from './cast.ts'
import { AGENT, PLANE } from './stage.ts'

const PURGED = { ...AGENT, desiredState: 'removed', purge: true }

const CLOSING = { ...PLANE, desiredState: 'removed' }

test('7. an agent whose status is about to be created is not admitted to a plane that closes meanwhile', async () => {
  const { plan, put, putPlane, driver, phase, world, plane } = await emptyScene()
  plan.next('held', 'createStatus')
  const ada = put('ada')
  await driver.forMs(1_000)
  putPlane(CLOSING)
  await driver.forMs(60_000)
  await driver.release()
  await driver.forMs(60_000)
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  expect(world.store.agentStatus(ada.uid)?.conditions['SpecInvalid']?.reason).toMatch(/PlaneClosing|PlaneMissing/)
  put('ada', PURGED)
  await driver.settle()
  expect(phase(ada)).toBe('Purged')
  expect(phase(plane)).toBe('Purged')
})

test('7. a plane that closes right after it admitted an agent stands until that agent is gone', async () => {
  const { plan, put, putPlane, driver, phase, world, plane } = await emptyScene()
  plan.next('held', 'updateStatus', 'identity')
  const ada = put('ada')
  await driver.forMs(1_000)
  putPlane(CLOSING)
  await driver.forMs(60_000)
  await driver.release()
  await driver.sweep()
  expect(phase(plane)).toBe('Removing')
  expect(world.cloud.networks.size).toBe(1)
  put('ada', PURGED)
  await driver.settle()
  expect(phase(ada)).toBe('Purged')
  expect(phase(plane)).toBe('Purged')
  expect(world.cloud.networks.size).toBe(0)
})

test('a closing plane stands until what nobody owns is gone as well, for no sweep looks for it afterwards', async () => {
  const { put, putPlane, driver, phase, world, plane } = await emptyScene()
  const ada = put('ada')
  await driver.forMs(60_000)
  dropSpec(world, ada)
  world.store.statuses.delete(ada.uid)
  putPlane({ ...PLANE, desiredState: 'removed' })
  await driver.sweep()
  expect(phase(plane)).toBe('Removing')
  expect(world.store.planeStatus(plane.uid)?.status.steps['network']).toMatchObject({
    reason: 'ResourcesLeft',
    message: expect.stringMatching(/^account .* has to be removed first$/),
  })
  await driver.forMs(10 * 60_000)
  await driver.sweep()
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
  expect(world.cloud.networks.size).toBe(1)
  await driver.forMs(24 * 60 * 60_000)
  await driver.settle()
  expect(phase(plane)).toBe('Purged')
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  expect(world.cloud.networks.size).toBe(0)
})
