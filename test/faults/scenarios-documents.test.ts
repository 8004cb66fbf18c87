import { describe, expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { MAX_SPEC_BYTES } from '../../shared/documents/parsed.ts'
import type { World } from '../fakes/world.ts'
import { emptyScene, machineOf, mutationsOf, readyScene, settled } from './cast.ts'
import type { Scene } from './cast.ts'
import { AGENT } from './stage.ts'

type Fleet = Scene & { readonly refs: readonly AgentRef[] }

/** Agents in every state of a life: Ready, Stopped, being made, being removed, Removed. */
async function fleet(): Promise<Fleet> {
  const scene = await emptyScene()
  const { put, driver } = scene
  const refs = ['ada', 'bob', 'cleo', 'dan', 'eve'].map((name) => put(name))
  await driver.forMs(60_000)
  put('bob', { ...AGENT, desiredState: 'stopped' })
  put('dan', { ...AGENT, desiredState: 'removed' })
  await driver.forMs(60_000)
  scene.plan.next('held', 'machines.delete')
  put('eve', { ...AGENT, desiredState: 'removed' })
  put('cleo', { ...AGENT, machineType: 'e2-standard-4' })
  const fay = put('fay')
  await driver.forMs(3_000)
  return { ...scene, refs: [...refs, fay] }
}

/** What an export holds of the two kinds of documents, and how each is imported: content as it was, generations new. */
function exported({ store }: World): { specs: () => void; statuses: () => void; wipe: () => void } {
  const planes = [...store.planes]
  const agents = [...store.agents]
  const statuses = [...store.statuses]
  return {
    wipe: () => {
      for (const documents of [store.planes, store.agents, store.statuses, store.leases, store.orphans])
        documents.clear()
    },
    specs: () => {
      for (const [name, spec] of planes) store.planes.set(name, { ...spec, generation: store.version() })
      for (const [path, spec] of agents) store.agents.set(path, { ...spec, generation: store.version() })
    },
    statuses: () => {
      for (const [uid, { status }] of statuses) store.statuses.set(uid, { status, version: store.version() })
    },
  }
}

/** An import fires the triggers of what it writes. */
function events(world: World, refs: readonly AgentRef[]): void {
  for (const [plane, { uid }] of world.store.planes) world.changed({ kind: 'plane', plane, uid })
  for (const ref of refs) world.changed(ref)
}

const machineIds = ({ cloud }: World): readonly string[] => [...cloud.machines.values()].map(({ id }) => id).toSorted()

describe.each([
  ['statuses, then specs', ['statuses', 'specs']],
  ['specs, then statuses', ['specs', 'statuses']],
] as const)('3. an import into an empty database, %s,', (_, order) => {
  test('changes no uid, removes nothing and replaces no machine', async () => {
    const { world, driver, refs, phase, put } = await fleet()
    const backup = exported(world)
    await driver.release()
    await driver.settle()
    const before = refs.map(({ uid }) => [uid, world.cloud.leftOf(uid)])
    const machines = machineIds(world)
    backup.wipe()
    await driver.sweep()
    const mutations = mutationsOf(world)
    for (const part of order) {
      backup[part]()
      events(world, refs)
      await driver.sweep()
      await driver.sweep()
    }
    await driver.settle()
    expect(refs.map(({ uid }) => [uid, world.cloud.leftOf(uid)])).toEqual(before)
    expect(machineIds(world)).toEqual(machines)
    expect(mutations.filter((mutation) => /delete|create|insert/.test(mutation))).toEqual([])
    expect(refs.map(phase)).toEqual(['Ready', 'Stopped', 'Ready', 'Removed', 'Removed', 'Ready'])
    expect(put('ada').uid).toBe(refs[0]?.uid)
    await settled({ driver, world })
  })
})
const POISON: readonly (readonly [what: string, fields: Record<string, unknown>, message: RegExp])[] = [
  ['nothing in it', {}, /^owner is missing/],
  ['an unknown field', { ...AGENT, colour: 'red' }, /^colour is not a known field/],
  [
    'another type in every field',
    { owner: 7, secrets: 'notes', channels: { a: 1 }, labels: [], retry: 'x' },
    /^owner /,
  ],
  ['900 KB of labels', { ...AGENT, labels: { big: 'x'.repeat(900_000) } }, new RegExp(`at most ${MAX_SPEC_BYTES}`)],
]

test.each(POISON)('18. a document with %s blocks no other agent', async (_, fields, message) => {
  const { put, driver, phase, world } = await emptyScene()
  const bad = put('bad', fields)
  const ada = put('ada')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(phase(bad)).toBe('Failed')
  expect(world.store.agentStatus(bad.uid)?.conditions['SpecInvalid']?.message).toMatch(message)
  expect(world.cloud.leftOf(bad.uid)).toEqual([])
  expect(world.errors).toEqual([])
  await settled({ driver, world })
  put('bad')
  await driver.forMs(60_000)
  expect(phase(bad)).toBe('Ready')
})

test('18. a document that was too large for its event is found by the sweep and said to be too large', async () => {
  const { driver, phase, world } = await emptyScene()
  const bad = world.store.putAgent('acme', 'bad', { ...AGENT, labels: { big: 'x'.repeat(900_000) } })
  const lost = world.store.putAgent('acme', 'lost', AGENT)
  await driver.sweep()
  expect(phase(bad)).toBe('Failed')
  expect(world.store.agentStatus(bad.uid)?.conditions['SpecInvalid']?.message).toContain('spec is 9')
  expect(phase(lost)).toBe('Ready')
  await settled({ driver, world })
})

test('18. an agent whose plane is poisoned says so, and works once the plane does', async () => {
  const { put, putPlane, driver, phase, world } = await emptyScene()
  const ada = put('ada')
  await driver.forMs(60_000)
  putPlane({ region: 'nowhere' })
  const bob = put('bob')
  await driver.forMs(60_000)
  expect(phase(ada)).toBe('Ready')
  expect(phase(bob)).toBe('Ready')
  await driver.settle()
  expect(world.store.planeStatus(ada.planeUid)?.status).toMatchObject({
    phase: 'Degraded',
    conditions: { SpecInvalid: { message: expect.stringMatching(/^project is missing/) } },
  })
})

const NOBODY: AgentRef = { kind: 'agent', plane: 'acme', planeUid: 'aaaaaaaaaa', name: 'nobody', uid: 'bbbbbbbbbb' }

test('18. messages about nobody, about a uid under another name and about a step of something else change nothing', async () => {
  const { put, driver, world, ada, plane } = await readyScene()
  put('bob')
  await driver.settle()
  const writes = world.store.statusWrites
  const mutations = mutationsOf(world)
  for (const message of [
    { ref: NOBODY, step: 'machine' },
    { ref: { ...ada, name: 'somebody-else' }, step: 'channels' },
    { ref: { ...ada, name: 'bob' }, step: 'channels' },
    { ref: ada, step: 'network' },
    { ref: plane, step: 'machine' },
  ] as const)
    for (let i = 0; i < 3; i++) world.queue.push({ message })
  await driver.forMs(60_000)
  expect(mutations).toEqual([])
  expect(world.errors).toEqual([])
  expect(world.store.statuses.has(NOBODY.uid)).toBe(false)
  expect(machineOf(world, ada).state).toBe('running')
  expect(world.store.statusWrites).toBe(writes)
  await settled({ driver, world })
})

test('18. an agent that cannot be read stops no other agent from being swept', async () => {
  const { put, driver, phase, world, ada } = await readyScene()
  const bob = put('bob')
  await driver.forMs(60_000)
  const found = world.store.statuses.get(ada.uid)
  if (found === undefined) throw new Error('no status')
  // Written by a version of the functions that nobody remembers.
  world.store.statuses.set(ada.uid, {
    ...found,
    status: { ...found.status, phase: 'Degraded', steps: JSON.parse('{"identity":null}') },
  })
  world.store.putAgent('acme', 'bob', { ...AGENT, restart: 1 })
  await driver.sweep()
  expect(phase(bob)).toBe('Ready')
  expect(world.store.agents.get('planes/acme/agents/bob')?.generation).toBe(
    world.store.agentStatus(bob.uid)?.observedGeneration,
  )
})
