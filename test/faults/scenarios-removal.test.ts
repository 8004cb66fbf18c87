import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { LEASE_GRACE_MS } from '../../shared/lifecycle/definition.ts'
import { dropSpec, emptyScene, machineOf, mutationsOf, placeOf, readyScene, settled } from './cast.ts'
import { AGENT } from './stage.ts'
import { inZone } from '../fakes/things.ts'

const REMOVED = { ...AGENT, desiredState: 'removed' }
const PURGED = { ...REMOVED, purge: true }

const STEPS = ['identity', 'disk', 'secrets', 'egress', 'machine', 'access', 'channels', 'runtime'] as const

test.each(STEPS)('1. a %s worker that read, then stalled until the removal was over, creates nothing', async (step) => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', 'updateStatus', step)
  const ada = put('ada')
  await driver.forMs(60_000)
  expect(driver.held.map(({ worker }) => worker.what)).toEqual([step])
  put('ada', PURGED)
  await driver.forMs(10 * 60_000)
  expect(phase(ada)).toBe('Purged')
  const mutations = mutationsOf(world)
  await driver.release()
  await settled({ driver, world })
  expect(mutations).toEqual([])
})

const CREATIONS = [
  'identity.create',
  'disks.create',
  'secrets.create',
  'secrets.bind',
  'machines.insert',
  'access.grant',
]

test.each(CREATIONS)('1. a worker that stalled before %s for longer than its lease creates nothing', async (label) => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', label)
  const ada = put('ada')
  await driver.forMs(60_000)
  expect(driver.held).toHaveLength(1)
  put('ada', PURGED)
  await driver.forMs(10 * 60_000)
  expect(phase(ada)).toBe('Purged')
  await driver.release()
  await driver.forMs(1_000)
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  await settled({ driver, world })
})

test('2. an insert that lands in the last moment of its lease leaves no orphan, and nothing is Removed before', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', 'machines.insert')
  const ada = put('ada')
  await driver.forMs(1_000)
  const untilMs = world.store.agentStatus(ada.uid)?.steps['machine']?.untilMs ?? 0
  put('ada', REMOVED)
  await driver.forMs(untilMs - world.nowMs)
  expect(phase(ada)).toBe('Removing')
  await driver.release()
  expect(world.cloud.leftOf(ada.uid)).toContain('machine')
  expect(phase(ada)).toBe('Removing')
  await settled({ driver, world })
  expect(phase(ada)).toBe('Removed')
})

test('2. nothing is Removed while a stalled attempt may still act, whatever the clocks of its workers say', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', 'machines.insert')
  const ada = put('ada')
  await driver.forMs(1_000)
  put('ada', REMOVED)
  const freeMs = (world.store.agentStatus(ada.uid)?.steps['machine']?.untilMs ?? 0) + LEASE_GRACE_MS
  while (world.nowMs + 5_000 < freeMs) {
    world.changed(ada, 50_000)
    await driver.forMs(5_000)
    expect(phase(ada)).toBe('Removing')
  }
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Removed')
})

test('2. a machine that the provider shows only after Removed is found and taken away', async () => {
  const { put, driver, phase, world, invariants, ada } = await readyScene()
  const late = { ...machineOf(world, ada), id: 'machine-late' }
  put('ada', REMOVED)
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Removed')
  invariants.outside.add(ada.uid)
  world.cloud.machines.set(inZone(placeOf(ada), names.machine(placeOf(ada))), late)
  await driver.settle()
  invariants.outside.clear()
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
  expect(phase(ada)).toBe('Removed')
  await settled({ driver, world })
})

test('4. a name taken again while its first agent is Removing never has two machines, and the first keeps its record', async () => {
  const { plan, put, driver, phase, world, ada } = await readyScene()
  plan.next('held', 'machines.delete')
  put('ada', REMOVED)
  await driver.forMs(5_000)
  dropSpec(world, ada)
  const successor = put('ada')
  expect(successor.uid).not.toBe(ada.uid)
  await driver.sweep()
  expect(phase(ada)).toBe('Removing')
  expect(world.store.status(successor.uid)).toBeUndefined()
  await driver.release()
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Removed')
  expect(phase(successor)).toBe('Ready')
  expect(world.store.agentStatus(ada.uid)?.retained).toMatchObject([{ kind: 'disk', name: names.disk(placeOf(ada)) }])
  await settled({ driver, world })
  expect(world.cloud.leftOf(ada.uid)).toEqual(['disk'])
})

test('4. a spec that was deleted and written again is another agent, and never shares the machine of the first', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const first = machineOf(world, ada).id
  dropSpec(world, ada)
  const successor = put('ada')
  await driver.forMs(60_000)
  await driver.sweep()
  await driver.sweep()
  expect(phase(ada)).toBe('Removed')
  expect(world.store.agentStatus(ada.uid)?.conditions['Superseded']?.message).toContain('the disk is kept')
  expect(phase(successor)).toBe('Ready')
  expect(machineOf(world, successor).id).not.toBe(first)
  await settled({ driver, world })
})

test.each([100, 1_000, 5_000, 60_000])(
  '6. a removal that is flipped back to running after %i ms goes on, and its account is never used again',
  async (afterMs) => {
    const { plan, put, driver, phase, world, ada } = await readyScene()
    plan.next('held', 'machines.delete')
    put('ada', REMOVED)
    await driver.forMs(afterMs)
    const mutations = mutationsOf(world)
    put('ada')
    await driver.forMs(1_000)
    await driver.release()
    await driver.forMs(300_000)
    expect(phase(ada)).toBe('Removed')
    expect(mutations).not.toContain(`identity.create ${ada.uid}`)
    expect(mutations).not.toContain(`machines.insert ${ada.uid}`)
    await settled({ driver, world })
    expect(world.store.agents.size).toBe(0)
  },
)

test('6. an agent added again after its removal has an account, a disk and a machine of its own', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const before = world.store.agentStatus(ada.uid)?.resources
  put('ada', PURGED)
  await driver.forMs(60_000)
  const again = put('ada')
  await driver.forMs(60_000)
  expect(phase(again)).toBe('Ready')
  const after = world.store.agentStatus(again.uid)?.resources
  for (const step of ['identity', 'disk', 'machine']) expect(after?.[step]?.['id']).not.toBe(before?.[step]?.['id'])
  await settled({ driver, world })
})
