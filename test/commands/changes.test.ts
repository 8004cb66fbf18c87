import { beforeEach, describe, expect, test } from 'vitest'
import { ADA, engineWrites, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { agentPath } from '../../shared/documents/uid.ts'

const ONE = { plane: 'local', name: 'ada' } as const
let world: CommandWorld

beforeEach(async () => {
  world = await worldOfAda()
})

const specOf = (): unknown => world.stored.get(agentPath('local', 'ada'))?.fields

const entries = () => world.trail.slice(2).map(({ entry }) => entry)

describe('updating an agent', () => {
  test('changes the fields that are given, and says before and after', async () => {
    const result = await world.api.updateAgent({ ...ONE, machineType: 'e2-standard-2', labels: { team: 'a' } })
    expect(result).toMatchObject({ upToDate: false, agent: { name: 'ada', observed: false } })
    expect(specOf()).toMatchObject({ machineType: 'e2-standard-2', labels: { team: 'a' }, owner: ADA.owner })
    expect(entries()).toMatchObject([
      {
        actor: 'local@localhost',
        surface: 'api',
        action: 'update-agent',
        agent: 'ada',
        before: { machineType: null, labels: {} },
        after: { machineType: 'e2-standard-2', labels: { team: 'a' } },
      },
    ])
  })

  test('with what is there already is up to date, and leaves nothing in the trail', async () => {
    await world.api.updateAgent({ ...ONE, labels: { team: 'a', cost: 'b' } })
    const again = { ...ONE, labels: { cost: 'b', team: 'a' }, channels: [], owner: ADA.owner }
    expect(await world.api.updateAgent(again)).toMatchObject({ upToDate: true })
    expect(entries()).toHaveLength(1)
  })

  test('null takes a field away', async () => {
    await world.api.updateAgent({ ...ONE, openclawHeartbeat: { every: '30m' }, budgetUsdPerMonth: 20 })
    await world.api.updateAgent({ ...ONE, openclawHeartbeat: null })
    expect(specOf()).toMatchObject({ budgetUsdPerMonth: 20 })
    expect(specOf()).not.toHaveProperty('openclawHeartbeat')
    expect(entries().at(-1)).toMatchObject({
      before: { openclawHeartbeat: { every: '30m' } },
      after: { openclawHeartbeat: null },
    })
  })

  test.each([
    ['owner', { owner: 'eve@example.com' }],
    ['backend', { backend: 'vm' }],
    ['zone', { zone: 'us-east4-b' }],
  ] as const)('%s cannot be changed', async (field, change) => {
    await expect(world.api.updateAgent({ ...ONE, ...change })).rejects.toMatchObject({
      status: 422,
      body: { code: 'Immutable', field, suggestion: 'Add another agent instead.' },
    })
    expect(entries()).toEqual([])
  })

  test.each([
    ['machineType', { machineType: 'e2-micro' }],
    ['desiredState', { desiredState: 'stopped' }],
    ['labels', { labels: { 'ap-x': 'y' } }],
  ])('%s is refused by name when it is wrong', async (field, change) => {
    await expect(world.api.updateAgent({ ...ONE, ...change })).rejects.toMatchObject({
      status: 422,
      body: { code: 'Invalid', field },
    })
  })

  test('puts a spec right that cannot be read', async () => {
    await world.specs.updateAgent('local', 'ada', { machineType: 'nonsense' })
    expect(await world.api.updateAgent({ ...ONE, machineType: 'e2-medium' })).toMatchObject({ upToDate: false })
    expect((await world.specs.getAgent('local', 'ada'))?.parsed).toMatchObject({ ok: true })
  })

  test('keeps what somebody else changed in between', async () => {
    const updateAgent = world.specs.updateAgent.bind(world.specs)
    let raced = false
    world.specs.updateAgent = async (plane, name, changes, options) => {
      if (!raced) {
        raced = true
        await updateAgent(plane, name, { budgetUsdPerMonth: 7 })
      }
      return updateAgent(plane, name, changes, options)
    }
    expect(await world.api.updateAgent({ ...ONE, labels: { team: 'a' } })).toMatchObject({ upToDate: false })
    expect(specOf()).toMatchObject({ labels: { team: 'a' }, budgetUsdPerMonth: 7 })
    expect(entries()).toHaveLength(1)
  })
})

describe('stopping, starting and restarting', () => {
  test('each is one wish and one entry', async () => {
    expect(await world.api.stopAgent(ONE)).toMatchObject({ upToDate: false, agent: { desiredState: 'stopped' } })
    expect(await world.api.stopAgent(ONE)).toMatchObject({ upToDate: true })
    expect(await world.api.startAgent(ONE)).toMatchObject({ upToDate: false, agent: { desiredState: 'running' } })
    expect(await world.api.startAgent(ONE)).toMatchObject({ upToDate: true })
    expect(await world.api.restartAgent(ONE)).toMatchObject({ upToDate: false })
    expect(specOf()).toMatchObject({ desiredState: 'running', restart: 1 })
    expect(entries().map(({ action, before, after }) => [action, before, after])).toEqual([
      ['stop', { desiredState: 'running' }, { desiredState: 'stopped' }],
      ['start', { desiredState: 'stopped' }, { desiredState: 'running' }],
      ['restart', { restart: 0 }, { restart: 1 }],
    ])
  })

  test('what is not open is refused with what it is now', async () => {
    await world.api.stopAgent(ONE)
    await engineWrites(world, 'ada', { phase: 'Stopped', target: 'parked' })
    await expect(world.api.restartAgent(ONE)).rejects.toMatchObject({
      status: 409,
      body: { code: 'WrongPhase', message: 'Agent "ada" is Stopped: it cannot be restarted now.' },
    })
    await world.api.removeAgent(ONE)
    await engineWrites(world, 'ada', { phase: 'Removing', target: 'absent' })
    await expect(world.api.startAgent(ONE)).rejects.toMatchObject({ status: 409, body: { code: 'WrongPhase' } })
  })
})
