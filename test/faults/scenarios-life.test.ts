import { expect, test } from 'vitest'
import { emptyScene, machineOf, mutationsOf, readyScene, settled } from './cast.ts'
import { AGENT, stage } from './stage.ts'

const DAY_MS = 86_400_000

test('a removed agent keeps its disk for exactly the retention, and its tombstone for good', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  put('ada', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(60_000)
  await driver.forMs(DAY_MS - 5 * 60_000)
  await driver.sweep()
  expect(phase(ada)).toBe('Removed')
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
  await driver.forMs(5 * 60_000)
  await driver.sweep()
  expect(phase(ada)).toBe('Purged')
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  expect(world.store.agentStatus(ada.uid)).toMatchObject({ retained: [], name: 'ada', owner: 'ada@acme.com' })
  await settled({ driver, world })
})

test('a removal that is told to purge while it waits for its retention keeps nothing', async () => {
  const { plan, put, driver, phase, world, ada } = await readyScene()
  plan.next('held', 'machines.delete')
  put('ada', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(5_000)
  put('ada', { ...AGENT, desiredState: 'removed', purge: true })
  await driver.forMs(5_000)
  await driver.release()
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Purged')
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  await settled({ driver, world })
})

test('raising restart stops and starts the very machine, once', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const { id, startedAtMs } = machineOf(world, ada)
  const mutations = mutationsOf(world)
  put('ada', { ...AGENT, restart: 1 })
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Ready')
  const after = machineOf(world, ada)
  expect(after.id).toBe(id)
  expect(after.startedAtMs).toBeGreaterThan(startedAtMs)
  expect(mutations.filter((mutation) => mutation.startsWith('machines.'))).toEqual([
    `machines.stop ${ada.uid}`,
    `machines.start ${ada.uid}`,
  ])
  await settled({ driver, world })
})

test('a stopped agent keeps all but its running machine, and starts as it was', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const { id } = machineOf(world, ada)
  const left = world.cloud.leftOf(ada.uid)
  put('ada', { ...AGENT, desiredState: 'stopped' })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Stopped')
  expect(machineOf(world, ada).state).toBe('stopped')
  expect(world.cloud.leftOf(ada.uid)).toEqual(left)
  for (let i = 0; i < 10; i++) await driver.sweep()
  expect(phase(ada)).toBe('Stopped')
  put('ada')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).id).toBe(id)
  await settled({ driver, world })
})

test('an agent that is added stopped is Stopped without a machine, and gets one when it is started', async () => {
  const { put, driver, phase, world } = await emptyScene()
  const ada = put('ada', { ...AGENT, desiredState: 'stopped' })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Stopped')
  expect(world.cloud.machines.size).toBe(0)
  await settled({ driver, world })
  put('ada')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('a stopped agent that is resized has the new size when it starts', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  put('ada', { ...AGENT, desiredState: 'stopped' })
  await driver.forMs(60_000)
  put('ada', { ...AGENT, desiredState: 'stopped', machineType: 'e2-standard-4', restart: 3 })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Stopped')
  await settled({ driver, world })
  put('ada', { ...AGENT, machineType: 'e2-standard-4', restart: 3 })
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).wanted).toMatchObject({ restart: 3, shape: { machineType: 'e2-standard-4' } })
  await settled({ driver, world })
})

test('a heartbeat that stays away makes an agent Unknown, never removed or replaced, and Ready when it is back', async () => {
  const { driver, phase, world, ada } = await readyScene()
  const machine = machineOf(world, ada)
  machine.beat = false
  const mutations = mutationsOf(world)
  await driver.sweep()
  await driver.sweep()
  expect(phase(ada)).toBe('Unknown')
  await driver.forMs(DAY_MS)
  await driver.sweep()
  expect(phase(ada)).toBe('Unknown')
  machine.beat = true
  await driver.sweep()
  expect(phase(ada)).toBe('Ready')
  expect(mutations).toEqual([])
  await settled({ driver, world })
})

test('an agent that is added before its plane says what it waits for, and is of that plane once it is there', async () => {
  const { put, putPlane, driver, phase, world } = stage()
  const ada = put('ada')
  await driver.forMs(10_000)
  expect(phase(ada)).toBe('Failed')
  expect(world.store.agentStatus(ada.uid)?.conditions['SpecInvalid']?.message).toBe(
    'plane "acme" does not exist; create it first',
  )
  const plane = putPlane()
  await driver.forMs(10_000)
  await driver.sweep()
  expect(phase(ada)).toBe('Ready')
  expect(world.store.agentStatus(ada.uid)?.planeUid).toBe(plane.uid)
  await settled({ driver, world })
})
