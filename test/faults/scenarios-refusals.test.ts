import { expect, test } from 'vitest'
import { DEADLINES_MS, LEASE_GRACE_MS, LEASE_MS } from '../../shared/lifecycle/definition.ts'
import { emptyScene, machineOf, readyScene, settled } from './cast.ts'
import { AGENT } from './stage.ts'

const REFUSALS = [
  ['identity.create', 'Denied', 'identity'],
  ['disks.create', 'QuotaExceeded', 'disk'],
  ['secrets.bind', 'Denied', 'secrets'],
  ['machines.insert', 'QuotaExceeded', 'machine'],
  ['access.grant', 'Denied', 'access'],
] as const

test.each(REFUSALS)(
  '%s answering %s for too long fails its step with the reason, and a retry works',
  async (method, kind, step) => {
    const { put, driver, phase, world } = await emptyScene()
    world.cloud.broken.set(method, kind)
    const ada = put('ada')
    await driver.forMs(DEADLINES_MS[step] - 60_000)
    expect(phase(ada)).toBe('Provisioning')
    await driver.forMs(5 * 60_000)
    expect(phase(ada)).toBe('Failed')
    const record = world.store.agentStatus(ada.uid)?.steps[step]
    expect(record).toMatchObject({ state: 'failed', reason: kind })
    expect(record?.message).toContain('permission x.y.z is missing on projects/acme')
    const published = world.published
    await driver.forMs(60 * 60_000)
    expect(world.published).toBe(published)
    world.cloud.broken.clear()
    put('ada', { ...AGENT, retry: 1 })
    await driver.forMs(60_000)
    expect(phase(ada)).toBe('Ready')
    await settled({ driver, world })
  },
)

test('an attempt that is refused for good fails at once', async () => {
  const { put, driver, phase, world } = await emptyScene()
  world.cloud.broken.set('machines.insert', 'Invalid')
  const ada = put('ada')
  await driver.forMs(5_000)
  expect(phase(ada)).toBe('Failed')
  expect(world.store.agentStatus(ada.uid)?.steps['machine']).toMatchObject({
    state: 'failed',
    reason: 'Invalid',
    attempt: 1,
  })
})

test('a refusal that ends before the deadline is never seen as a failure', async () => {
  const { put, driver, phase, world } = await emptyScene()
  world.cloud.broken.set('machines.insert', 'QuotaExceeded')
  const ada = put('ada')
  await driver.forMs(20 * 60_000)
  expect(phase(ada)).toBe('Provisioning')
  world.cloud.broken.clear()
  await driver.forMs(3 * 60_000)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('a machine that cannot start fails its step with the reason, and a retry makes another', async () => {
  const { put, driver, phase, world } = await emptyScene()
  const ada = put('ada')
  await driver.forMs(1_000)
  const broken = machineOf(world, ada)
  Object.assign(broken, { state: 'failed', detail: 'OpenClaw could not be installed: no space left' })
  await driver.forMs(5_000)
  expect(phase(ada)).toBe('Failed')
  expect(world.store.agentStatus(ada.uid)?.steps['machine']).toMatchObject({
    state: 'failed',
    reason: 'MachineFailed',
    message: 'OpenClaw could not be installed: no space left',
  })
  put('ada', { ...AGENT, retry: 1 })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).id).not.toBe(broken.id)
  await settled({ driver, world })
})

test('a step whose function dies every time is failed at its deadline, and a retry works', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('crashBefore', 'machines.insert', undefined, 12)
  const ada = put('ada')
  await driver.forMs(DEADLINES_MS.machine)
  expect(phase(ada)).toBe('Provisioning')
  await driver.forMs(3 * (LEASE_MS + LEASE_GRACE_MS))
  expect(world.store.agentStatus(ada.uid)?.steps['machine']).toMatchObject({ state: 'failed', reason: 'Interrupted' })
  expect(phase(ada)).toBe('Failed')
  put('ada', { ...AGENT, retry: 1 })
  await driver.forMs(2 * (LEASE_MS + LEASE_GRACE_MS))
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('a step whose function died once is tried again, however late somebody comes to do it', async () => {
  const { plan, put, driver, phase, world } = await emptyScene()
  plan.next('crashBefore', 'identity.create')
  const ada = put('ada')
  await driver.forMs(1_000)
  expect(plan.open()).toBe(0)
  world.queue = []
  world.timers.clear()
  world.nowMs += DEADLINES_MS.identity * 2
  await driver.sweep()
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('a removal whose function dies every time goes on for as long as it takes', async () => {
  const { plan, put, driver, phase, world, ada } = await readyScene()
  plan.next('crashBefore', 'machines.delete', undefined, 40)
  put('ada', { ...AGENT, desiredState: 'removed', purge: true })
  await driver.forMs(60 * 60_000)
  expect(phase(ada)).toBe('Removing')
  await driver.forMs(2 * 60 * 60_000)
  expect(phase(ada)).toBe('Purged')
  await settled({ driver, world })
})

test('17. access that cannot be revoked does not keep the machine alive, and is revoked once it can be', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  world.cloud.broken.set('access.revoke', 'Denied')
  put('ada', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(DEADLINES_MS.access - 60_000)
  expect(world.cloud.leftOf(ada.uid)).toContain('machine')
  await driver.forMs(10 * 60_000)
  expect(world.cloud.leftOf(ada.uid).toSorted()).toEqual(['access', 'disk'])
  expect(phase(ada)).toBe('Removing')
  expect(world.store.agentStatus(ada.uid)?.steps['access']?.message).toContain('permission x.y.z is missing')
  world.cloud.broken.clear()
  await driver.forMs(2 * LEASE_MS)
  expect(phase(ada)).toBe('Removed')
  await settled({ driver, world })
})
