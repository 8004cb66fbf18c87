import { beforeEach, describe, expect, test } from 'vitest'
import { agentPath, planePath } from '../../shared/documents/uid.ts'
import type { StepStatus } from '../../shared/documents/status.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

const ONE = { plane: 'local', name: 'ada' } as const
const FAILED: StepStatus = { state: 'failed', attempt: 3, retry: 0, reason: 'Broken', message: 'it broke' }

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

const retryOf = (path: string): unknown => world.stored.get(path)?.fields['retry']

const lastAudit = (): unknown => world.trail.at(-1)?.entry

describe('retrying an agent', () => {
  test('raises its counter, is audited, and answers with the failures as they stood', async () => {
    await engineWrites(world, 'ada', { phase: 'Failed', steps: { machine: FAILED } })
    const { agent, upToDate } = await world.api.retryAgent(ONE)
    expect({ agent, upToDate }).toMatchObject({ upToDate: false, agent: { name: 'ada', phase: 'Failed' } })
    expect(agent.steps.find(({ name }) => name === 'machine')).toMatchObject({ state: 'failed', reason: 'Broken' })
    expect(retryOf(agentPath('local', 'ada'))).toBe(1)
    expect(lastAudit()).toMatchObject({
      actor: 'local@localhost',
      action: 'retry',
      agent: 'ada',
      before: { retry: 0 },
      after: { retry: 1 },
    })
  })

  test('again before the engine took it up is up to date; after it failed again it counts once more', async () => {
    await engineWrites(world, 'ada', { phase: 'Failed', steps: { machine: FAILED } })
    await world.api.retryAgent(ONE)
    expect(await world.api.retryAgent(ONE)).toMatchObject({ upToDate: true })
    expect({ retry: retryOf(agentPath('local', 'ada')), audited: world.trail.length }).toEqual({ retry: 1, audited: 3 })
    const again = { ...FAILED, retry: 1 }
    await engineWrites(world, 'ada', { phase: 'Failed', steps: { disk: again, machine: FAILED } })
    expect(await world.api.retryAgent(ONE)).toMatchObject({ upToDate: false })
    expect(retryOf(agentPath('local', 'ada'))).toBe(2)
  })

  const refusals: [what: string, changes: Parameters<typeof engineWrites>[2], code: string, message: string][] = [
    [
      'that is Ready',
      {},
      'NothingFailed',
      'Agent "ada" is Ready and no step of it has failed: there is nothing to retry.',
    ],
    [
      'that waits',
      { phase: 'Provisioning', steps: { machine: { ...FAILED, state: 'waiting' } } },
      'NothingFailed',
      'Agent "ada" is Provisioning and no step of it has failed: there is nothing to retry.',
    ],
    [
      'that is being removed',
      { phase: 'Removing', target: 'absent', steps: { machine: FAILED } },
      'NothingFailed',
      'Agent "ada" is Removing and no step of it has failed: there is nothing to retry.',
    ],
    [
      'whose failed step does not apply while it is stopped',
      { phase: 'Stopped', target: 'parked', steps: { runtime: FAILED } },
      'WrongPhase',
      'Agent "ada" is Stopped: it cannot be retried now.',
    ],
  ]

  test.each(refusals)('%s is refused, and nothing is written', async (_, changes, code, message) => {
    await engineWrites(world, 'ada', changes)
    await expect(world.api.retryAgent(ONE)).rejects.toMatchObject({ status: 409, body: { code, message } })
    expect({ retry: retryOf(agentPath('local', 'ada')), audited: world.trail.length }).toEqual({
      retry: undefined,
      audited: 2,
    })
  })

  test('is offered while a step has failed, and not otherwise', async () => {
    const offered = async () => (await world.api.getAgent(ONE)).agent.actions.includes('retry')
    for (const [phase, steps, expected] of [
      ['Degraded', { machine: FAILED }, true],
      ['Degraded', { machine: { ...FAILED, state: 'waiting' } }, false],
      ['Ready', {}, false],
    ] as const) {
      await engineWrites(world, 'ada', { phase, steps })
      expect([phase, await offered()]).toEqual([phase, expected])
    }
    await engineWrites(world, 'ada', { phase: 'Removing', target: 'absent', steps: { machine: FAILED } })
    expect(await offered()).toBe(false)
  })

  test('whose spec is not valid is refused: that has to be corrected first', async () => {
    await engineWrites(world, 'ada', { phase: 'Degraded', steps: { machine: FAILED } })
    await world.specs.updateAgent('local', 'ada', { owner: 'nobody' })
    await expect(world.api.retryAgent(ONE)).rejects.toMatchObject({ status: 409, body: { code: 'SpecInvalid' } })
  })
})

describe('retrying a plane', () => {
  test('raises its own counter and leaves its agents alone', async () => {
    await engineWritesPlane(world, { phase: 'Failed', steps: { services: FAILED } })
    expect(await world.api.retryPlane({ plane: 'local' })).toMatchObject({
      upToDate: false,
      plane: { phase: 'Failed' },
    })
    expect(await world.api.retryPlane({ plane: 'local' })).toMatchObject({ upToDate: true })
    expect([retryOf(planePath('local')), retryOf(agentPath('local', 'ada'))]).toEqual([1, undefined])
    expect(lastAudit()).toMatchObject({
      actor: 'local@localhost',
      action: 'retry',
      before: { retry: 0 },
      after: { retry: 1 },
    })
  })

  test('of which nothing failed is refused', async () => {
    await expect(world.api.retryPlane({ plane: 'local' })).rejects.toMatchObject({
      status: 409,
      body: { code: 'NothingFailed', suggestion: 'A step that waits is tried again by itself. See: planes status' },
    })
  })
})
