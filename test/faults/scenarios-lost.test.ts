import { expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { SPEC_MISSING_GRACE_MS } from '../../shared/lifecycle/accept-agent.ts'
import type { World } from '../fakes/world.ts'
import { dropSpec, emptyScene, machineOf, mutationsOf, readyScene, settled } from './cast.ts'
import type { Scene } from './cast.ts'

const DAY_MS = 86_400_000

/** An agent's machine, disk, account and secret, without a document. */
async function orphaned(count: number): Promise<Scene & { readonly refs: readonly AgentRef[] }> {
  const scene = await emptyScene()
  const refs = Array.from({ length: count }, (_, i) => scene.put(`agent-${i}`))
  await scene.driver.forMs(60_000)
  for (const ref of refs) {
    dropSpec(scene.world, ref)
    scene.world.store.statuses.delete(ref.uid)
  }
  return { ...scene, refs }
}

const machinesLeft = ({ cloud }: World): number => cloud.machines.size

test('things without a status are removed by the second sweep that sees them old, and at most five per sweep', async () => {
  const { driver, world, refs } = await orphaned(12)
  await driver.forMs(10 * 60_000)
  await driver.sweep()
  expect(machinesLeft(world)).toBe(12)
  await driver.sweep()
  expect(machinesLeft(world)).toBe(7)
  await driver.sweep()
  expect(machinesLeft(world)).toBe(2)
  await driver.sweep()
  expect(machinesLeft(world)).toBe(0)
  for (const { uid } of refs) expect(world.cloud.leftOf(uid)).toEqual(['disk'])
  await driver.forMs(DAY_MS)
  await settled({ driver, world })
  for (const { uid } of refs) expect(world.cloud.leftOf(uid)).toEqual([])
})

test('things that are younger than two leases are left alone, however often they are seen', async () => {
  const { driver, world } = await orphaned(1)
  for (let sweeps = 0; sweeps < 5; sweeps++) await driver.sweep()
  expect(machinesLeft(world)).toBe(1)
  await driver.sweep()
  await driver.sweep()
  expect(machinesLeft(world)).toBe(0)
})

test('an orphan goes by the normal graph: access first, its account before its machine, its disk kept for the retention', async () => {
  const { driver, world, refs, phase } = await orphaned(1)
  await driver.sweep()
  await driver.forMs(6 * 60_000)
  const mutations = mutationsOf(world)
  await driver.sweep()
  const uid = refs[0]?.uid ?? ''
  expect(mutations.map((mutation) => mutation.split(' ')[0])).toEqual([
    'access.revoke',
    'identity.setDisabled',
    'machines.delete',
    'secrets.delete',
    'secrets.delete',
    'identity.delete',
  ])
  expect(phase({ uid })).toBe('Removed')
  expect(world.store.agentStatus(uid)).toMatchObject({ name: `orphan-${uid}`, retained: [{ kind: 'disk' }] })
})

test('an agent whose spec is gone is locked and stopped, kept, and as before once the spec is back', async () => {
  const { driver, phase, world, ada } = await readyScene()
  const path = agentPath('acme', 'ada')
  const spec = world.store.agents.get(path)
  if (spec === undefined) throw new Error('no spec')
  const before = machineOf(world, ada).id
  dropSpec(world, ada)
  await driver.sweep()
  expect(phase(ada)).toBe('Degraded')
  expect(machineOf(world, ada).state).toBe('running')
  await driver.forMs(SPEC_MISSING_GRACE_MS)
  for (let i = 0; i < 5; i++) await driver.sweep()
  expect(phase(ada)).toBe('Degraded')
  expect(machineOf(world, ada).state).toBe('stopped')
  expect(world.cloud.leftOf(ada.uid).toSorted()).toEqual(['account', 'disk', 'machine', 'secret'])
  await driver.forMs(30 * DAY_MS)
  await driver.sweep()
  expect(world.cloud.leftOf(ada.uid)).toContain('disk')
  world.store.agents.set(path, { ...spec, generation: world.store.version() })
  world.changed(ada)
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(machineOf(world, ada).id).toBe(before)
  await settled({ driver, world })
})

test('an agent whose spec was gone for a moment only keeps running', async () => {
  const { driver, phase, world, ada } = await readyScene()
  const path = agentPath('acme', 'ada')
  const spec = world.store.agents.get(path)
  if (spec === undefined) throw new Error('no spec')
  dropSpec(world, ada)
  const mutations = mutationsOf(world)
  await driver.sweep()
  await driver.sweep()
  world.store.agents.set(path, { ...spec, generation: world.store.version() })
  await driver.sweep()
  expect(phase(ada)).toBe('Ready')
  expect(mutations).toEqual([])
  await settled({ driver, world })
})
