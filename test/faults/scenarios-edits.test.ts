import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { dropSpec, emptyScene, machineOf, mutationsOf, placeOf, readyScene, settled } from './cast.ts'
import { AGENT, PLANE } from './stage.ts'

const SMALL = { ...AGENT, machineType: 'e2-small' }
const LARGE = { ...AGENT, machineType: 'e2-standard-4' }

test('5. an agent whose spec changed while its machine was made is never Ready with the former type', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', 'machines.insert')
  const ada = put('ada', SMALL)
  await driver.forMs(1_000)
  put('ada', LARGE)
  await driver.forMs(1_000)
  await driver.release()
  expect(machineOf(world, ada).wanted.shape.machineType).toBe('e2-small')
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).wanted.shape.machineType).toBe('e2-standard-4')
  await settled({ driver, world })
})

test('5. an edit between a machine that runs and the record of it is not taken for done', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  const ada = put('ada', SMALL)
  await driver.forMs(5_000)
  plan.next('held', 'updateStatus', 'machine', 2)
  await driver.forMs(20_000)
  put('ada', { ...LARGE, secrets: [] })
  await driver.forMs(1_000)
  await driver.release()
  await driver.forMs(240_000)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

const MOVES = [
  ['owner', { owner: 'bob@acme.com' }],
  ['zone', { zone: 'us-east4-c' }],
  ['backend', { backend: 'vm' }],
] as const

test.each(MOVES)('9. an edited %s makes no second machine and lets nobody else in', async (field, edit) => {
  const { put, driver, phase, world, ada } = await readyScene()
  const before = machineOf(world, ada).id
  const mutations = mutationsOf(world)
  put('ada', { ...AGENT, ...edit })
  await driver.forMs(120_000)
  const status = world.store.agentStatus(ada.uid)
  expect(phase(ada)).toBe('Degraded')
  expect(status?.conditions['SpecRejected']).toMatchObject({
    reason: 'Immutable',
    message: expect.stringContaining(`${field} cannot be changed`),
  })
  expect(machineOf(world, ada).id).toBe(before)
  expect(world.cloud.access.get(names.machine(placeOf(ada)))?.owner).toBe('ada@acme.com')
  expect(mutations).toEqual([])
  put('ada')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('9. an owner edited before the agent was ever pinned is the owner it is made for', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', 'createStatus')
  const ada = put('ada')
  await driver.forMs(1_000)
  put('ada', { ...AGENT, owner: 'bob@acme.com' })
  await driver.forMs(60_000)
  await driver.release()
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(world.cloud.access.get(names.machine(placeOf(ada)))?.owner).toBe('bob@acme.com')
  expect([...world.cloud.secrets.values()].map(({ writer }) => writer)).toEqual(['bob@acme.com', 'bob@acme.com'])
  await settled({ driver, world })
})

test.each(['machines.delete', 'machines.insert', 'updateStatus'])(
  '10. a resize taken back while its %s is under way ends Ready at the first size',
  async (label) => {
    const { plan, put, driver, phase, world, ada } = await readyScene(SMALL)
    plan.next('held', label, 'machine')
    put('ada', LARGE)
    await driver.forMs(2_000)
    expect(driver.held).toHaveLength(1)
    put('ada', SMALL)
    await driver.forMs(2_000)
    await driver.release()
    await driver.forMs(240_000)
    expect(phase(ada)).toBe('Ready')
    expect(machineOf(world, ada).wanted.shape.machineType).toBe('e2-small')
    await settled({ driver, world })
  },
)

const INVALID = [
  ['an unknown field', { ...LARGE, colour: 'red' }, /^colour is not a known field/],
  ['a stop beside a wrong machine type', { ...AGENT, machineType: 'tiny', desiredState: 'stopped' }, /^machineType /],
  ['no owner', { ...AGENT, owner: undefined }, /^owner is missing/],
  ['a secret value in place of a name', { ...AGENT, secrets: ['sk-proj-a1b2c3d4e5f6'] }, /^secrets\.0 looks like/],
] as const

test.each(INVALID)('16. an edit with %s neither hides nor stops a running agent', async (_, fields, message) => {
  const { put, driver, phase, world, ada } = await readyScene()
  const before = machineOf(world, ada)
  const accepted = world.store.agentStatus(ada.uid)?.accepted
  const mutations = mutationsOf(world)
  put('ada', fields)
  await driver.forMs(60_000)
  await driver.sweep()
  const status = world.store.agentStatus(ada.uid)
  expect(phase(ada)).toBe('Degraded')
  expect(status?.conditions['SpecInvalid']?.message).toMatch(message)
  expect(status?.accepted).toEqual(accepted)
  expect(machineOf(world, ada)).toBe(before)
  expect(before.state).toBe('running')
  expect(mutations).toEqual([])
  await settled({ driver, world })
  put('ada', LARGE)
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Ready')
})

test('16. a removal is honoured however bad the rest of its document is', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  put('ada', { colour: 'red', desiredState: 'removed', purge: true })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Purged')
  await settled({ driver, world })
})

test('an agent that is Ready before its edited plane takes the edit over still gets it', async () => {
  const { plan, put, putPlane, driver, phase, world, ada } = await readyScene()
  plan.next('held', 'viewPlane', 'written')
  putPlane({ ...PLANE, defaults: { machineType: 'e2-standard-4' } })
  put('ada', { ...AGENT, secrets: ['mail'] })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).wanted.shape.machineType).toBe('e2-medium')
  await driver.release()
  await driver.forMs(1_000)
  await driver.sweep()
  await driver.forMs(60_000)
  expect(machineOf(world, ada).wanted.shape.machineType).toBe('e2-standard-4')
  await settled({ driver, world })
})

test('11. an agent that was deleted and added again, and whose first event is met after all that, is not made', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('held', 'createStatus', 'written')
  const first = put('ada')
  await driver.forMs(1_000)
  dropSpec(world, first)
  const second = put('ada', { ...AGENT, desiredState: 'removed', purge: true })
  await driver.forMs(60_000)
  await driver.sweep()
  expect(phase(second)).toBe('Purged')
  expect(world.store.agents.size).toBe(0)
  await driver.release()
  await driver.forMs(10 * 60_000)
  expect(world.store.agentStatus(first.uid)).toBeUndefined()
  expect(world.cloud.leftOf(first.uid)).toEqual([])
  await settled({ driver, world })
})
