import { beforeEach, describe, expect, test } from 'vitest'
import { ADA, engineWrites, engineWritesPlane, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { agentSubject } from '../../shared/documents/subject.ts'
import { agentGraph } from '../../shared/lifecycle/graph.ts'
import { wantOf } from '../../shared/lifecycle/want.ts'

const ONE = { plane: 'local', name: 'ada' } as const
const READY = { state: 'ready', attempt: 1 } as const

let world: CommandWorld

beforeEach(async () => {
  world = await worldOfAda()
})

const entries = () => world.trail.slice(2).map(({ entry }) => entry)

describe('a dry run', () => {
  test('of a new agent plans the whole graph and writes nothing', async () => {
    const { agent, plan } = await world.api.addAgent({ ...ADA, name: 'bob', dryRun: true })
    expect(agent).toMatchObject({ name: 'bob', phase: 'Pending' })
    expect(plan?.steps.map(({ name }) => name).toSorted()).toEqual([
      'access',
      'channels',
      'disk',
      'egress',
      'identity',
      'machine',
      'runtime',
      'secrets',
    ])
    expect([await world.specs.getAgent('local', 'bob'), entries()]).toEqual([undefined, []])
  })

  test('of an edit plans the steps that run again, and those after them', async () => {
    await engineWritesPlane(world)
    const steps = await readySteps()
    await engineWrites(world, 'ada', { steps, resources: RESOURCES })
    const planned = async (change: object): Promise<string[]> => {
      const { plan } = await world.api.updateAgent({ ...ONE, ...change, dryRun: true })
      return plan?.steps.map(({ name, does }) => `${does} ${name}`) ?? []
    }
    expect(await planned({ machineType: 'e2-standard-4' })).toEqual([
      'apply machine',
      'apply access',
      'apply channels',
      'apply runtime',
    ])
    expect(await planned({ secrets: ['a-key'] })).toContain('apply secrets')
    expect(await planned({ openclawHeartbeat: { every: '30m' } })).toEqual(['apply machine', 'apply runtime'])
    expect(await planned({ budgetUsdPerMonth: 5 })).toEqual([])
    expect(await planned({ labels: {} })).toEqual([])
    expect(entries()).toEqual([])
  })

  test('of a removal plans the way down', async () => {
    const { plan, agent } = await world.api.removeAgent({ ...ONE, dryRun: true })
    expect(agent.desiredState).toBe('running')
    expect(plan?.after).toMatchObject({ desiredState: 'removed' })
    const steps = plan?.steps.map(({ name, does }) => `${does} ${name}`)
    expect(steps?.[0]).toBe('remove access')
    expect(steps?.indexOf('hold identity')).toBeLessThan(steps?.indexOf('remove machine') ?? 0)
    expect(steps).toContain('hold disk')
    expect(steps).not.toContain('remove disk')
  })
})

const RESOURCES = {
  identity: { id: 'account-1' },
  disk: { id: 'disk-1' },
  machine: { id: 'machine-1', startedAtMs: 1, generation: 'g1' },
}

/** Steps that are done for what is wanted today: a dry run says what each of them wants. */
async function readySteps() {
  await engineWrites(world, 'ada', { resources: RESOURCES })
  const [status] = [...world.statuses.values()]
  const subject = status && agentSubject('local', status, [...world.planeStatuses.values()][0]?.accepted)
  if (subject === undefined) throw new Error('the agent has no place yet')
  return Object.fromEntries(
    agentGraph.map(({ name }) => [name, { ...READY, want: wantOf(world.ports.desired(name, subject)) }]),
  )
}
