import { describe, expect, test } from 'vitest'
import type { FakeMachine } from '../fakes/things.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { desired } from '../../shared/steps/steps.ts'
import { MADE, machineWanted, PLACE, putMachine, putMade, result, stand, subjectOf } from './stand.ts'

const wanted = machineWanted()
const LARGE = { machineType: 'e2-standard-4' }

/** What is done about a machine that stands so, or about none. */
async function about(
  there: Partial<FakeMachine> | undefined,
  spec = {},
  parked = false,
): Promise<readonly [string, string]> {
  const at = stand()
  putMade(at)
  if (there !== undefined) putMachine(at, there)
  return result(at, 'machine', { spec, resources: MADE, target: parked ? 'parked' : 'present' })
}

describe('a machine that is to run', () => {
  test.each<[string, Partial<FakeMachine> | undefined, Record<string, unknown>, string, string]>([
    ['and is not there', undefined, {}, 'machines.insert', 'ready'],
    ['and runs', {}, {}, '', 'ready'],
    ['and boots', { state: 'starting' }, {}, '', 'waiting Starting'],
    ['and is on its way down', { state: 'stopping' }, {}, '', 'waiting Starting'],
    ['and stands still', { state: 'stopped' }, {}, 'machines.start', 'ready'],
    ['and broke', { state: 'failed' }, {}, 'machines.delete', 'waiting Replacing'],
    ['in another size', {}, LARGE, 'machines.delete', 'waiting Replacing'],
    ['in another size, and stands still', { state: 'stopped' }, LARGE, 'machines.delete', 'waiting Replacing'],
    ['with another release', {}, { openclawVersion: '2026.10.1' }, 'machines.delete', 'waiting Replacing'],
    [
      'with the account it has now',
      { wanted: { ...wanted, shape: { ...wanted.shape, accountId: 'account-0' } } },
      {},
      'machines.delete',
      'waiting Replacing',
    ],
    [
      'with the disk it has now',
      { wanted: { ...wanted, shape: { ...wanted.shape, diskId: 'disk-0' } } },
      {},
      'machines.delete',
      'waiting Replacing',
    ],
    ['with another configuration', {}, { openclawHeartbeat: { every: '1h' } }, 'machines.configure', 'ready'],
    ['once more', {}, { restart: 1 }, 'machines.stop', 'waiting Starting'],
    ['once more, and stands still', { state: 'stopped' }, { restart: 1 }, 'machines.start', 'ready'],
    ['once more, and still boots', { state: 'starting' }, { restart: 1 }, '', 'waiting Starting'],
    ["and is somebody else's", { ours: false }, {}, '', 'failed NameConflict'],
    ["and is somebody else's of another size", { ours: false }, LARGE, '', 'failed NameConflict'],
  ])('%s', async (_, there, spec, did, found) => {
    expect(await about(there, spec)).toEqual([did, found])
  })
})

describe('a machine that is to stand still', () => {
  test.each<[string, Partial<FakeMachine> | undefined, Record<string, unknown>, string, string]>([
    ['and never was', undefined, {}, '', 'ready'],
    ['and runs', {}, {}, 'machines.stop', 'ready'],
    ['and boots', { state: 'starting' }, {}, 'machines.stop', 'ready'],
    ['and is on its way down', { state: 'stopping' }, {}, '', 'waiting Stopping'],
    ['and does', { state: 'stopped' }, {}, '', 'ready'],
    ['and broke', { state: 'failed' }, {}, 'machines.delete', 'ready'],
    ['in another size', { state: 'stopped' }, LARGE, 'machines.delete', 'ready'],
    [
      'with another configuration',
      { state: 'stopped' },
      { openclawHeartbeat: { every: '1h' } },
      'machines.configure',
      'ready',
    ],
    ['once more', { state: 'stopped' }, { restart: 1 }, '', 'ready'],
    ["and is somebody else's", { ours: false }, {}, '', 'failed NameConflict'],
  ])('%s', async (_, there, spec, did, found) => {
    expect(await about(there, spec, true)).toEqual([did, found])
  })
})

test('a machine that breaks during an effort fails it with the reason, and a new effort makes another', async () => {
  const there = { state: 'failed', detail: 'OpenClaw could not be installed: no space left' } as const
  const at = stand()
  putMachine(at, there)
  expect(await at.tryStep('machine', { resources: MADE, attempt: 2 })).toEqual({
    is: 'failed',
    reason: 'MachineFailed',
    message: there.detail,
  })
  expect(at.changes).toEqual([])
  expect(await result(at, 'machine', { resources: MADE, attempt: 1 })).toEqual(['machines.delete', 'waiting Replacing'])
})

test('labels that were edited reach the machine that stands', async () => {
  const at = stand()
  putMachine(at)
  const labelled = { spec: { labels: { team: 'red' } }, resources: MADE }
  expect(await result(at, 'machine', labelled)).toEqual(['machines.label', 'ready'])
  expect([...at.cloud.machines.values()][0]?.wanted.labels).toMatchObject({ team: 'red', 'ap-managed': 'true' })
})

test('what it left in a zone that its agent moved out of goes before another is made', async () => {
  const at = stand()
  putMade(at)
  const former = { ...PLACE, zone: 'us-east4-b' }
  putMachine(at, { place: former })
  const moved = { resources: MADE, left: [former.zone] }
  expect(await result(at, 'machine', moved)).toEqual(['machines.delete', 'waiting Replacing'])
  expect(await result(at, 'machine', moved)).toEqual(['machines.delete machines.insert', 'ready'])
  putMachine(at, { id: 'machine-8', place: former })
  expect(await result(at, 'machine', moved, 'gone')).toEqual([
    'machines.delete machines.insert machines.delete machines.delete',
    'removed',
  ])
  expect(at.cloud.machines.size).toBe(0)
})

test("somebody else's machine in a zone that its agent moved out of is nobody's business", async () => {
  const at = stand()
  putMade(at)
  putMachine(at, { ours: false, place: { ...PLACE, zone: 'us-east4-b' } })
  expect(await result(at, 'machine', { resources: MADE, left: ['us-east4-b'] })).toEqual(['machines.insert', 'ready'])
})

test('the program that it boots with is part of its evidence, where it has one', async () => {
  const at = stand()
  putMachine(at)
  const find: Backend['machines']['find'] = async (place) => {
    const found = await at.backend.machines.find(place)
    return found && { ...found, script: 'sha256-of-it' }
  }
  const backend = { ...at.backend, machines: { ...at.backend.machines, find } }
  expect(await at.tryStep('machine', { resources: MADE, backend })).toMatchObject({
    resource: { script: 'sha256-of-it' },
  })
  expect(await at.tryStep('machine', { resources: MADE })).not.toHaveProperty('resource.script')
})

test('its evidence tells this machine and this start from any other', async () => {
  const at = stand()
  const { startedAtMs } = putMachine(at, { id: 'machine-7' })
  expect(await at.tryStep('machine', { resources: MADE })).toMatchObject({
    resource: { id: 'machine-7', startedAtMs, generation: wanted.configuration.generation },
  })
})

test('what it is asked names no secret value and no person', () => {
  const spec = {
    secrets: ['notes'],
    model: { provider: 'openai', name: 'gpt-5', apiKeySecret: 'openai-key' },
    labels: { team: 'x' },
  }
  const asked = JSON.stringify(desired('machine', subjectOf({ spec, resources: MADE })))
  expect(asked).not.toContain('ada@acme.com')
  expect(asked).toContain('"ap-owner"')
  expect(asked).toContain('"team":"x"')
})

test.each<[string, Partial<FakeMachine> | undefined, string, number]>([
  ['nothing', undefined, '', 0],
  ['a machine', {}, 'machines.delete', 0],
  ['a machine that broke', { state: 'failed' }, 'machines.delete', 0],
  ["somebody else's", { ours: false }, '', 1],
])('where there is %s, it is taken away so', async (_, there, did, left) => {
  const at = stand()
  if (there !== undefined) putMachine(at, there)
  expect(await result(at, 'machine', {}, 'gone')).toEqual([did, 'removed'])
  expect(at.cloud.machines.size).toBe(left)
})
