import { expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import type { Status } from '../../shared/documents/status.ts'
import { drifted } from '../../shared/lifecycle/attempt.ts'
import type { World } from '../fakes/world.ts'
import { emptyScene, mutationsOf, readyScene, settled } from './cast.ts'
import { AGENT } from './stage.ts'

test.each(['listSpecs', 'readLeases', 'listStatuses'])(
  '8. an agent born while a sweep stands before %s is neither an orphan nor drifted',
  async (label) => {
    const { plan, put, driver, phase, world } = await readyScene()
    // What a first sweep says of the plane is not what this is about.
    await driver.sweep()
    plan.next('held', label, 'sweep')
    world.sweep()
    const bob = put('bob')
    await driver.forMs(10 * 60_000)
    expect(phase(bob)).toBe('Ready')
    const before = world.store.statusWrites
    await driver.release()
    await driver.forMs(1_000)
    expect(phase(bob)).toBe('Ready')
    expect(world.store.statusWrites).toBe(before)
    expect(world.store.orphans.get('acme') ?? {}).toEqual({})
    await settled({ driver, world })
  },
)

test('8. an agent whose things were listed before its status was is not an orphan', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  const bob = put('bob')
  await driver.forMs(2_000)
  plan.next('held', 'listSpecs', 'sweep')
  world.sweep()
  await driver.forMs(10 * 60_000)
  await driver.release()
  await driver.sweep()
  expect(world.store.agentStatus(bob.uid)?.target).toBe('present')
  expect(phase(bob)).toBe('Ready')
  await settled({ driver, world })
})

const PUBLISHERS = ['written', 'identity', 'secrets', 'egress', 'machine'] as const

test.each(PUBLISHERS)(
  '13. a %s worker that dies between its write and its publish does not hang an agent',
  async (what) => {
    const { plan, put, driver, phase, world } = await emptyScene()
    plan.next('crashBefore', 'publish', what)
    const ada = put('ada')
    await driver.forMs(5 * 60_000)
    expect(plan.open()).toBe(0)
    expect(phase(ada)).toBe('Ready')
    await settled({ driver, world })
  },
)

test.each(['identity', 'machine', 'secrets', 'access'] as const)(
  '13. a %s worker that dies before it sets its timer does not hang an agent',
  async (step) => {
    const { plan, put, driver, phase, world } = await emptyScene()
    const broken = {
      identity: 'identity.create',
      machine: 'machines.insert',
      secrets: 'secrets.create',
      access: 'access.grant',
    }[step]
    world.cloud.broken.set(broken, 'Propagating')
    plan.next('crashBefore', 'schedule', step)
    const ada = put('ada')
    await driver.forMs(20_000)
    expect(plan.open()).toBe(0)
    world.cloud.broken.clear()
    await driver.forMs(5 * 60_000)
    expect(phase(ada)).toBe('Ready')
    await settled({ driver, world })
  },
)

const REMOVERS = ['written', 'access', 'identity', 'machine', 'egress', 'disk', 'secrets'] as const

test.each(REMOVERS)(
  '13. a %s worker that dies between its write and its publish does not hang a removal',
  async (what) => {
    const { plan, put, driver, phase, world, ada } = await readyScene()
    plan.next('crashBefore', 'publish', what)
    put('ada', { ...AGENT, desiredState: 'removed', purge: true })
    await driver.forMs(5 * 60_000)
    expect(plan.open()).toBe(0)
    expect(phase(ada)).toBe('Purged')
    await settled({ driver, world })
  },
)

const AT_ONCE = ['secrets', 'egress', 'disk', 'access', 'channels'] as const

function unsettle({ store, cloud }: World, ref: AgentRef): void {
  const status: Status | undefined = store.status(ref.uid)
  if (status === undefined) throw new Error('no status')
  store.setStatus(
    ref,
    AT_ONCE.reduce((left, step) => drifted(left, step, 'changed from outside'), status),
  )
  cloud.access.clear()
}

test('15. five steps that finish at once lose no outcome and take no time', async () => {
  const { driver, phase, world, ada, invariants } = await readyScene()
  invariants.outside.add(ada.uid)
  unsettle(world, ada)
  const mutations = mutationsOf(world)
  const effects = world.effects
  const startedMs = world.nowMs
  for (const step of AT_ONCE) world.deliver({ message: { ref: ada, step } })
  await driver.forMs(0)
  invariants.outside.clear()
  const steps = world.store.agentStatus(ada.uid)?.steps
  for (const step of AT_ONCE) expect(steps?.[step]).toMatchObject({ state: 'ready', attempt: 1, sinceMs: startedMs })
  expect(mutations).toEqual([`access.grant ${ada.uid}`])
  expect(phase(ada)).toBe('Ready')
  expect(world.effects - effects).toBeLessThan(150)
  expect(world.errors).toEqual([])
  await settled({ driver, world })
})

test('15. twenty agents that are added at once are all Ready, each with one machine', async () => {
  const { put, driver, phase, world } = await emptyScene()
  const refs = Array.from({ length: 20 }, (_, i) => put(`agent-${i}`))
  await driver.forMs(60_000)
  expect(refs.map(phase)).toEqual(refs.map(() => 'Ready'))
  expect(world.cloud.machines.size).toBe(20)
  await settled({ driver, world })
})
