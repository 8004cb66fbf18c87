import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import type { World } from '../fakes/world.ts'
import { machineOf, mutationsOf, placeOf, readyScene, settled } from './cast.ts'
import { AGENT, PLANE } from './stage.ts'
import { inZone } from '../fakes/things.ts'

const RESTRICTED = { mode: 'restricted', domains: ['api.acme.com'] }

/** What somebody does behind the plane's back. */
const DRIFTS: Readonly<Record<string, (world: World, ref: AgentRef) => void>> = {
  'its machine is deleted': ({ cloud }, ref) =>
    void cloud.machines.delete(inZone(placeOf(ref), names.machine(placeOf(ref)))),
  'its machine is stopped': (world, ref) => {
    machineOf(world, ref).state = 'stopped'
  },
  'its machine breaks': (world, ref) => {
    machineOf(world, ref).state = 'failed'
  },
  'its account is deleted': ({ cloud }, ref) => void cloud.accounts.delete(names.account(placeOf(ref))),
  'a secret is deleted': ({ cloud }, ref) => void cloud.secrets.delete(names.secret(placeOf(ref), 'notes')),
  'its egress rule is deleted': ({ cloud }, ref) => void cloud.egress.delete(names.egressRule(placeOf(ref))),
}

test.each(Object.keys(DRIFTS))('when %s, two sweeps make it as it was', async (what) => {
  const { driver, phase, world, ada, invariants } = await readyScene({ ...AGENT, egress: RESTRICTED })
  await driver.settle()
  const before = world.cloud.leftOf(ada.uid)
  invariants.outside.add(ada.uid)
  DRIFTS[what]?.(world, ada)
  await driver.sweep()
  await driver.sweep()
  invariants.outside.clear()
  expect(phase(ada)).toBe('Ready')
  expect(world.cloud.leftOf(ada.uid)).toEqual(before)
  await settled({ driver, world })
})

test('a rule that only the plane asks for is put back like one of its own', async () => {
  const { putPlane, driver, phase, world, ada, invariants } = await readyScene()
  putPlane({ ...PLANE, defaults: { egress: RESTRICTED } })
  await driver.sweep()
  expect(world.cloud.egress.size).toBe(1)
  invariants.outside.add(ada.uid)
  world.cloud.egress.clear()
  await driver.sweep()
  invariants.outside.clear()
  expect(world.cloud.egress.size).toBe(1)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})

test('a default that the plane changes reaches agents that do not say otherwise, by one sweep', async () => {
  const { put, putPlane, driver, phase, world, ada } = await readyScene()
  const bob = put('bob', { ...AGENT, machineType: 'e2-small' })
  await driver.forMs(60_000)
  putPlane({ ...PLANE, defaults: { machineType: 'e2-standard-8' } })
  await driver.sweep()
  expect(machineOf(world, ada).wanted.shape.machineType).toBe('e2-standard-8')
  expect(machineOf(world, bob).wanted.shape.machineType).toBe('e2-small')
  expect([phase(ada), phase(bob)]).toEqual(['Ready', 'Ready'])
  await settled({ driver, world })
})

test('a machine that a removal took away, and somebody made again, goes once more', async () => {
  const { put, driver, phase, world, ada, invariants } = await readyScene()
  const { place } = machineOf(world, ada)
  const copy = { ...machineOf(world, ada), id: 'machine-by-hand' }
  put('ada', { ...AGENT, desiredState: 'removed', purge: true })
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Purged')
  invariants.outside.add(ada.uid)
  world.cloud.machines.set(inZone(place, names.machine(place)), { ...copy, madeMs: world.nowMs })
  await driver.forMs(10 * 60_000)
  for (let i = 0; i < 4; i++) await driver.sweep()
  expect(world.cloud.leftOf(ada.uid)).toEqual([])
  expect(phase(ada)).toBe('Purged')
})

test('a plane that was deleted and written again finds nothing missing of the agents of the former one', async () => {
  const { putPlane, driver, phase, world, ada } = await readyScene()
  await driver.settle()
  const mutations = mutationsOf(world)
  world.store.planes.delete('acme')
  await driver.forMs(1_000)
  const plane = putPlane()
  await driver.sweep()
  await driver.settle()
  expect(mutations).toEqual(
    ['createNetwork', 'create subnet', 'create rules'].map((method) => `plane.${method} ${plane.uid}`),
  )
  expect(phase(ada)).toBe('Ready')
})
