import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import type { Outcome, Stage } from '../../shared/documents/outcome.ts'
import { planeSubject } from '../../shared/documents/subject.ts'
import type { AgentsPlace } from '../../shared/documents/subject.ts'
import type { PlaneStep } from '../../shared/documents/message.ts'
import type { Inventory } from '../../shared/ports/backend.ts'
import type { PlaneResources } from '../../shared/ports/plane-resources.ts'
import { attempt } from '../../shared/steps/steps.ts'
import { aPlaneSpec, aPlaneStatus, NOW_MS } from '../fakes/builders.ts'
import { stand } from './stand.ts'

type Tried = { readonly outcome: Outcome; readonly changes: readonly string[]; readonly networks: number }

/** Tries a step of a plane in a project that answers so. */
async function tried(
  step: PlaneStep,
  answers: Partial<PlaneResources> = {},
  stage?: Stage,
  networks: readonly string[] = [],
  inventory: Partial<Inventory> = {},
  status = aPlaneStatus(),
): Promise<Tried> {
  const at = stand()
  const subject = planeSubject(status)
  if (subject === undefined) throw new Error('not pinned')
  for (const id of networks)
    at.cloud.networks.set(names.network(subject.place), { id, parts: new Set(['subnet', 'rules']) })
  const backend = {
    ...at.backend,
    plane: { ...at.backend.plane, ...answers },
    inventory: { ...at.backend.inventory, ...inventory },
  }
  const context = { subject, intent: at.intent, backend, nowMs: NOW_MS, attempt: 1, lease: async () => undefined }
  const outcome = await attempt(step, context, stage)
  return { outcome, changes: at.changes, networks: at.cloud.networks.size }
}

test.each([
  [
    ['enable compute.googleapis.com', 'enable iam.googleapis.com'],
    'enable compute.googleapis.com, enable iam.googleapis.com',
  ],
  [['install Node.js with npm'], 'install Node.js with npm'],
])('services that are off fail the plane, with what to do: %j', async (fixes, advice) => {
  const { outcome } = await tried('services', { missingServices: async () => fixes })
  expect(outcome).toEqual({
    is: 'failed',
    reason: 'ServicesDisabled',
    message: `project acme-project cannot run agents yet: ${advice}; then: planes retry --plane acme`,
  })
})

test.each([
  [12, { status: 'True', reason: 'AgentsFit' }],
  [0, { status: 'False', reason: 'Full', message: 'no further agent fits: CPUS. Ask for more CPUs' }],
])('that %i more agents fit is said, and stops no plane', async (agentsThatFit, condition) => {
  const capacity = async () => ({
    agentsThatFit,
    limitedBy: 'CPUS',
    fix: 'Ask for more CPUs',
    zones: ['us-east4-a', 'us-east4-b'],
    projectNumber: '4711',
  })
  const { outcome } = await tried('services', { capacity })
  expect(outcome).toMatchObject({
    is: 'ready',
    resource: { agentsThatFit, zones: 'us-east4-a us-east4-b', projectNumber: '4711' },
    conditions: { Capacity: condition },
  })
})

test.each([
  ['the default one', {}, 'e2-medium'],
  ["its plane's", { defaults: { machineType: 'n2-standard-8' } }, 'n2-standard-8'],
])('room is measured in machines of the type that agents get: %s', async (_, spec, machineType) => {
  const measured: string[] = []
  const capacity = async (place: AgentsPlace) => {
    measured.push(place.machineType)
    return { agentsThatFit: 1, limitedBy: 'CPUS', fix: '', zones: [] }
  }
  await tried('services', { capacity }, undefined, [], {}, aPlaneStatus({ accepted: aPlaneSpec(spec) }))
  expect(measured).toEqual([machineType])
})

test('grants that are missing are named, waited for and never made', async () => {
  const { outcome, changes } = await tried('grants', { missingGrants: async () => ['compute.instances.create'] })
  expect(outcome).toMatchObject({
    is: 'waiting',
    reason: 'GrantsMissing',
    message: 'an admin of acme-project has to grant: compute.instances.create',
  })
  expect(changes).toEqual([])
  expect((await tried('grants')).outcome.is).toBe('ready')
})

test('a network is made once, and what is there and ours is adopted', async () => {
  expect(await tried('network')).toMatchObject({
    changes: ['plane.createNetwork', 'plane.create subnet', 'plane.create rules'],
    outcome: { is: 'ready' },
  })
  const adopted = await tried('network', {}, undefined, ['network-7'])
  expect(adopted).toMatchObject({ changes: [], outcome: { is: 'ready', resource: { id: 'network-7' } } })
})

const part = async () => ({ id: 'network-7', ours: true, missing: ['router', 'rule deny-all'] })

test('a network that lacks parts is completed, and until then they are named', async () => {
  const at = stand()
  const { place } = at
  expect(await tried('network', { findNetwork: part, createNetwork: async () => {} })).toMatchObject({
    outcome: { is: 'waiting', reason: 'NetworkIncomplete', message: 'not there yet: router, rule deny-all' },
  })
  at.cloud.networks.set(names.network(place), { id: 'network-7', parts: new Set(['subnet']) })
  await at.backend.plane.createNetwork(at.intent, place)
  expect(at.changes).toEqual(['plane.createNetwork', 'plane.create rules'])
  expect(await at.backend.plane.findNetwork(place)).toEqual({ id: 'network-7', ours: true, missing: [] })
})

const findNetwork = async () => ({ id: 'theirs', ours: false, missing: [] })

test("somebody else's network is left alone", async () => {
  expect(await tried('network', { findNetwork })).toMatchObject({
    changes: [],
    outcome: { is: 'failed', reason: 'NameConflict' },
  })
  expect(await tried('network', { findNetwork }, 'gone')).toMatchObject({ changes: [], outcome: { is: 'removed' } })
})

test('removal takes the network, and nothing where there is none', async () => {
  expect(await tried('network', {}, 'gone', ['network-7'])).toMatchObject({
    changes: ['plane.delete rules', 'plane.delete subnet', 'plane.deleteNetwork'],
    networks: 0,
  })
  expect(await tried('network', {}, 'gone')).toMatchObject({ changes: [], outcome: { is: 'removed' } })
  for (const step of ['services', 'grants'] as const)
    expect(await tried(step, {}, 'gone')).toMatchObject({ changes: [], outcome: { is: 'removed' } })
})

test('removal waits while anything of an agent is there', async () => {
  const at = stand()
  await at.tryStep('identity')
  const list = () => at.backend.inventory.list(at.place)
  const waited = await tried('network', {}, 'gone', ['network-7'], { list })
  expect(waited).toMatchObject({ changes: [], networks: 1, outcome: { is: 'waiting', reason: 'ResourcesLeft' } })
})
