import { expect, test } from 'vitest'
import type { Heartbeat } from '../../shared/documents/heartbeat.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import type { World } from '../fakes/world.ts'
import { machineOf, readyScene, settled } from './cast.ts'
import { AGENT, withPlane } from './stage.ts'

const STOPPED = { ...AGENT, desiredState: 'stopped' }

/** What the agent's machine reports at this moment. @throws when it reports nothing */
function heartbeatNow(world: World, ref: AgentRef): Heartbeat {
  const heartbeat = world.cloud.heartbeatOf(machineOf(world, ref))
  if (heartbeat === undefined) throw new Error(`${ref.name} does not report`)
  return heartbeat
}

/** A heartbeat that was on its way arrives, by both of its roads. */
function arrive(world: World, ref: AgentRef, heartbeat: Heartbeat): void {
  const late = { ...heartbeat, receivedAtMs: world.nowMs }
  world.inbox.push(late)
  world.deliver({ message: { ref, step: 'runtime' }, heartbeat: late })
}

test('11. the heartbeat of a replaced machine, arriving late, does not make its successor Ready', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const old = heartbeatNow(world, ada)
  put('ada', { ...AGENT, machineType: 'e2-standard-4' })
  await driver.forMs(5_000)
  const successor = machineOf(world, ada)
  expect(successor.id).not.toBe(old.claims.instanceId)
  successor.beat = false
  await driver.forMs(60_000)
  expect(successor.state).toBe('running')
  arrive(world, ada, old)
  await driver.forMs(20_000)
  // It may even live on for a while, and mint a newer one.
  arrive(world, ada, { ...old, claims: { ...old.claims, iatS: Math.floor(world.nowMs / 1000) } })
  await driver.forMs(1_000)
  expect(phase(ada)).toBe('Provisioning')
  await driver.sweep()
  expect(phase(ada)).toBe('Provisioning')
  successor.beat = true
  await settled({ driver, world })
})

test('11. the heartbeat of a replaced machine, arriving late, does not take the place of its successor’s', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const old = heartbeatNow(world, ada)
  put('ada', { ...AGENT, machineType: 'e2-standard-4' })
  await driver.forMs(90_000)
  expect(phase(ada)).toBe('Ready')
  const leases = () => world.store.leases.get('acme')?.get(ada.uid)
  const booked = leases()
  expect(booked?.instanceId).toBe(machineOf(world, ada).id)
  // The last it sent, and one that it minted later, because it lived on.
  const minted = { ...old, claims: { ...old.claims, iatS: Math.floor(world.nowMs / 1000) } }
  for (const late of [old, minted]) {
    world.deliver({ message: { ref: ada, step: 'runtime' }, heartbeat: { ...late, receivedAtMs: world.nowMs } })
    await driver.forMs(1_000)
    expect(leases()).toEqual(booked)
  }
  await settled({ driver, world })
})

test('11. the heartbeat of a replaced machine, arriving before its successor is recorded, hides nothing of that', async () => {
  const { put, driver, world, ada } = await readyScene()
  const old = heartbeatNow(world, ada)
  put('ada', { ...AGENT, machineType: 'e2-standard-4' })
  const standing = () => [...world.cloud.machines.values()].find(({ id }) => id !== old.claims.instanceId)
  while (standing() === undefined) await driver.forMs(500)
  const successor = machineOf(world, ada)
  const first = { ...old, claims: { ...old.claims, instanceId: successor.id, iatS: Math.floor(world.nowMs / 1000) } }
  for (const heartbeat of [first, old]) {
    world.deliver({ message: { ref: ada, step: 'runtime' }, heartbeat: { ...heartbeat, receivedAtMs: world.nowMs } })
    await driver.forMs(100)
    expect(world.store.leases.get('acme')?.get(ada.uid)?.instanceId).toBe(successor.id)
  }
  await settled({ driver, world })
})

test('11. the heartbeat of a machine before its restart does not prove the restarted one', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const old = heartbeatNow(world, ada)
  put('ada', { ...AGENT, restart: 1 })
  const machine = machineOf(world, ada)
  machine.beat = false
  while (machine.state !== 'starting') await driver.forMs(500)
  await driver.forMs(20_000)
  expect(machine.state).toBe('running')
  arrive(world, ada, old)
  await driver.forMs(5_000)
  expect(phase(ada)).toBe('Provisioning')
  machine.beat = true
  await driver.sweep()
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('11. a heartbeat played once more, or from another account, is not booked', async () => {
  const { driver, world, ada } = await readyScene()
  const genuine = heartbeatNow(world, ada)
  const leases = () => world.store.leases.get('acme')?.get(ada.uid)
  arrive(world, ada, genuine)
  await driver.forMs(1_000)
  const booked = leases()
  await driver.forMs(30_000)
  arrive(world, ada, genuine)
  arrive(world, ada, { ...genuine, claims: { ...genuine.claims, sub: 'stranger', iatS: genuine.claims.iatS + 20 } })
  arrive(world, ada, { ...genuine, claims: { ...genuine.claims, zone: 'us-east4-z', iatS: genuine.claims.iatS + 20 } })
  arrive(world, ada, { ...genuine, claims: { ...genuine.claims, projectNumber: '1', iatS: genuine.claims.iatS + 20 } })
  await driver.forMs(1_000)
  expect(leases()).toEqual(booked)
})

test('12. a heartbeat that crosses a stop does not make a stopped agent Ready', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const crossing = heartbeatNow(world, ada)
  put('ada', STOPPED)
  for (let i = 0; i < 10; i++) {
    arrive(world, ada, crossing)
    await driver.forMs(2_000)
    expect(phase(ada)).not.toBe('Ready')
  }
  expect(phase(ada)).toBe('Stopped')
  arrive(world, ada, crossing)
  await driver.sweep()
  expect(phase(ada)).toBe('Stopped')
  await settled({ driver, world })
})

test('12. a heartbeat from before the stop does not prove the machine that is started again', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const crossing = heartbeatNow(world, ada)
  put('ada', STOPPED)
  await driver.forMs(20_000)
  put('ada')
  await driver.forMs(5_000)
  expect(machineOf(world, ada).state).toBe('starting')
  arrive(world, ada, crossing)
  await driver.forMs(2_000)
  expect(phase(ada)).toBe('Provisioning')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test.each([50, 500, 2_000, 6_000])(
  '12. stop and start within %i ms ends Ready, and never Ready while stopped',
  async (ms) => {
    const { put, driver, phase, world, ada } = await readyScene()
    for (let round = 0; round < 5; round++) {
      put('ada', STOPPED)
      await driver.forMs(ms)
      put('ada')
      await driver.forMs(ms)
    }
    await driver.forMs(240_000)
    expect(phase(ada)).toBe('Ready')
    await settled({ driver, world })
  },
)

test('12. a start that waits behind a stalled stop is not lost', async () => {
  const { plan, put, driver, phase, world, ada } = await readyScene()
  plan.next('held', 'machines.stop')
  put('ada', STOPPED)
  await driver.forMs(5_000)
  put('ada')
  await driver.forMs(5_000)
  expect(phase(ada)).not.toBe('Ready')
  await driver.release()
  await driver.forMs(120_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).state).toBe('running')
  await settled({ driver, world })
})

test('a first heartbeat that is booked while `runtime` looks for one is not lost', async () => {
  let looking: number | undefined
  const { put, driver, phase, world } = await withPlane(({ label, worker }) => {
    if (label === 'readLease') looking ??= worker.id
    return worker.id === looking && label.startsWith('updateStatus') && driver.held.length === 0 ? 'held' : 'happens'
  })
  const ada = put('ada')
  await driver.forMs(1_000)
  machineOf(world, ada).beat = false
  while (driver.held.length === 0) await driver.forMs(500)
  looking = -1
  world.report(ada.uid, heartbeatNow(world, ada))
  await driver.forMs(1_000)
  expect(phase(ada)).toBe('Provisioning')
  await driver.release()
  await driver.forMs(15_000)
  expect(phase(ada)).toBe('Ready')
})
