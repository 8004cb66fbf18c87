import { beforeEach, describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

const ONE = { plane: 'local', name: 'ada' } as const

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

const lastAudit = (): unknown => world.trail.at(-1)?.entry

describe('creating', () => {
  test('a plane gets the backend of the installation, and one audit entry', async () => {
    const fresh = commandWorld()
    const { plane, upToDate } = await fresh.api.createPlane({ ...PLANE, name: 'acme' })
    expect({ plane, upToDate }).toMatchObject({
      upToDate: false,
      plane: { name: 'acme', backend: 'process', phase: 'Pending', region: 'us-east4' },
    })
    expect(fresh.trail).toMatchObject([
      { plane: 'acme', entry: { actor: 'local@localhost', action: 'create-plane', after: { backend: 'process' } } },
    ])
  })

  test('the same plane twice is up to date, and not audited twice', async () => {
    expect(await world.api.createPlane(PLANE)).toMatchObject({ upToDate: true })
    expect(world.trail.map(({ entry }) => entry.action)).toEqual(['create-plane', 'add-agent'])
  })

  test('an agent is Pending at once, with every step idle', async () => {
    const { agent, upToDate } = await world.api.addAgent({ ...ADA, name: 'bob' })
    expect(upToDate).toBe(false)
    expect(agent).toMatchObject({ name: 'bob', owner: 'ada@example.com', phase: 'Pending', machineType: 'e2-medium' })
    expect(new Set(agent.steps.map(({ state }) => state))).toEqual(new Set(['idle']))
    expect(lastAudit()).toMatchObject({ action: 'add-agent', agent: 'bob', after: { owner: 'ada@example.com' } })
  })

  test('the same agent twice is up to date, whatever the order and the defaults of its fields', async () => {
    const model = { provider: 'openai', name: 'gpt-5', apiKeySecret: 'key' } as const
    await world.api.addAgent({ ...ADA, name: 'bob', model, labels: { b: '1', a: '2' } })
    const again = {
      labels: { a: '2', b: '1' },
      model: { apiKeySecret: 'key', name: 'gpt-5', provider: 'openai' },
    } as const
    expect(await world.api.addAgent({ ...ADA, name: 'bob', secrets: [], ...again })).toMatchObject({ upToDate: true })
    expect(world.trail).toHaveLength(3)
  })

  test('somebody else creating the same agent in the same moment is no error', async () => {
    const racing = { ...world.ports.specs }
    let looks = 0
    racing.getAgent = async (plane, name) => (looks++ === 0 ? undefined : world.specs.getAgent(plane, name))
    const fetch = router({
      ...world.ports,
      specs: racing,
      documents: { ...world.documents, findPredecessor: async () => undefined },
    })
    const api = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch })
    expect(await api.addAgent(ADA)).toMatchObject({ upToDate: true })
  })

  test('a name is free again once the agent of that name is Removed', async () => {
    const first = await engineWrites(world, 'ada', { target: 'absent', phase: 'Removed' })
    world.stored.delete(agentPath('local', 'ada'))
    world.clock.ms += 1000
    const { agent } = await world.api.addAgent(ADA)
    expect(agent.uid).not.toBe(first.uid)
  })
})

describe('status', () => {
  test('shows steps, conditions, heartbeat, machine, gateway and model, and no token', async () => {
    const nowMs = world.clock.ms
    const status = await engineWrites(world, 'ada', {
      phase: 'Provisioning',
      steps: {
        identity: { state: 'ready', attempt: 1, sinceMs: nowMs - 4000 },
        machine: { state: 'waiting', attempt: 2, sinceMs: nowMs - 3000, reason: 'Starting', message: 'it boots' },
      },
      resources: { identity: { id: '1' }, machine: { id: 'machine-7' } },
      conditions: { Isolation: { status: 'False', reason: 'OneMachine', sinceMs: nowMs } },
    })
    const seen = { instanceId: 'machine-7', sub: '1', iatS: 1, ready: true, failing: [], appliedGeneration: 'x' }
    world.leases.set(status.uid, { ...seen, seenAtMs: nowMs - 7000 })
    const { plane, agents } = await world.api.getPlane({ plane: 'local' })
    expect(plane).toMatchObject({ name: 'local', phase: 'Pending' })
    expect(agents).toMatchObject([
      {
        name: 'ada',
        phase: 'Provisioning',
        machineId: 'machine-7',
        gatewayUrl: 'http://127.0.0.1:18789/',
        model: { name: 'demo model', demo: true },
        heartbeat: { ageMs: 7000, ready: true },
        conditions: [{ name: 'Isolation', status: 'False', reason: 'OneMachine' }],
      },
    ])
    const steps = new Map(agents[0]?.steps.map((step) => [step.name, step]))
    expect(steps.get('identity')).toEqual({
      name: 'identity',
      state: 'ready',
      attempt: 1,
      since: new Date(nowMs - 4000).toISOString(),
    })
    expect(steps.get('machine')).toMatchObject({
      state: 'waiting',
      reason: 'Starting',
      message: 'it boots',
      durationMs: 3000,
    })
    expect(agents[0]?.model?.hint).toContain('planes secret set --plane local --name ada')
    expect(JSON.stringify(agents)).not.toContain('secret-of')
  })

  test.each([
    ['another machine', { instanceId: 'machine-6' }],
    ['before the machine was started again', { iatS: 0 }],
  ])('a heartbeat of %s is none of this one', async (_, sent) => {
    const startedAtMs = 1000
    const resources = { identity: { id: '1' }, machine: { id: 'machine-7', startedAtMs } }
    const { uid } = await engineWrites(world, 'ada', { phase: 'Provisioning', resources })
    const heartbeat = { instanceId: 'machine-7', sub: '1', iatS: 1, ready: true, failing: [], appliedGeneration: 'x' }
    const shown = async () => (await world.api.getAgent({ plane: 'local', name: 'ada' })).agent.heartbeat
    world.leases.set(uid, { ...heartbeat, seenAtMs: world.clock.ms })
    expect(await shown()).toBeDefined()
    world.leases.set(uid, { ...heartbeat, ...sent, seenAtMs: world.clock.ms })
    expect(await shown()).toBeUndefined()
  })

  test('what an agent is estimated to cost is shown where somebody sends a bill', async () => {
    await engineWritesPlane(world)
    const shown = async () => (await world.api.getPlane({ plane: 'local' })).agents[0]?.cost
    expect(await shown()).toBeUndefined()
    const { owner } = ADA
    const pinned = { owner, backend: 'vm', project: 'acme-project', region: 'us-east4', zone: 'us-east4-a' } as const
    await engineWrites(world, 'ada', { pinned })
    expect(await shown()).toMatchObject({ usdPerMonth: 35.52, usdPerHourRunning: 0.0441 })
    expect((await world.api.getAgent(ONE)).agent.cost).toEqual(await shown())
    world.clock.ms += 100 * 3_600_000
    const since = '2026-01-02T03:04:05.000Z'
    expect((await shown())?.soFar).toEqual({ usd: 4.87, since, assumption: 'as if its machine had run all the time' })
    const machine = { state: 'ready', attempt: 0, sinceMs: world.clock.ms - 99 * 3_600_000 } as const
    await engineWrites(world, 'ada', { pinned, target: 'parked', steps: { machine } })
    expect((await shown())?.soFar).toEqual({
      usd: 0.5,
      since,
      assumption: 'as if its machine had run until 2026-01-02T04:04:05.000Z',
    })
    await engineWrites(world, 'ada', { pinned, target: 'parked', steps: { machine: { ...machine, state: 'doing' } } })
    expect((await shown())?.soFar?.usd).toBe(4.87)
    await engineWrites(world, 'ada', { pinned, target: 'parked', resources: { secrets: { count: 2 } } })
    expect(await shown()).toMatchObject({ usdPerMonth: 3.42 })
    await engineWrites(world, 'ada', { pinned: { ...pinned, region: 'mars-north1' } })
    expect(await shown()).toMatchObject({ missing: 'region mars-north1' })
    await engineWrites(world, 'ada', { pinned, phase: 'Purged' })
    expect((await world.api.getAgent(ONE)).agent.cost).toBeUndefined()
  })

  test('an agent on a machine of its own has the demo model, too, and nobody is told to pipe a key to its plane', async () => {
    const pinned = {
      owner: ADA.owner,
      backend: 'vm',
      project: 'acme-project',
      region: 'us-east4',
      zone: 'us-east4-a',
    } as const
    await engineWrites(world, 'ada', { pinned })
    expect((await world.api.getAgent(ONE)).agent.model).toEqual({
      name: 'demo model',
      demo: true,
      hint: expect.stringMatching(/^To set a real one, run: planes secret set /),
    })
  })

  test('an invalid edit is shown with its reason beside the status that still stands', async () => {
    await engineWrites(world, 'ada')
    await world.specs.updateAgent('local', 'ada', { owner: 'allUsers' })
    const { agent } = await world.api.getAgent(ONE)
    expect(agent).toMatchObject({
      phase: 'Ready',
      owner: 'ada@example.com',
      invalid: expect.stringContaining('owner') as string,
    })
  })

  test('a configured model is named, and is no demo', async () => {
    const model = { provider: 'anthropic', name: 'claude-x', apiKeySecret: 'key' } as const
    const { agent } = await world.api.addAgent({ ...ADA, name: 'bob', model })
    expect(agent.model).toEqual({ name: 'anthropic/claude-x', demo: false })
  })

  test('an agent that left nothing is listed on request only', async () => {
    await engineWrites(world, 'ada', { target: 'absent', phase: 'Purged' })
    world.stored.delete(agentPath('local', 'ada'))
    expect((await world.api.getPlane({ plane: 'local' })).agents).toEqual([])
    expect((await world.api.getPlane({ plane: 'local', purged: true })).agents).toMatchObject([{ phase: 'Purged' }])
  })

  test('an agent is found by its uid when the name is another one by now', async () => {
    const first = await engineWrites(world, 'ada', { target: 'absent', phase: 'Removed' })
    world.stored.delete(agentPath('local', 'ada'))
    world.clock.ms += 1000
    const second = (await world.api.addAgent(ADA)).agent
    expect((await world.api.getAgent({ ...ONE, uid: first.uid })).agent.phase).toBe('Removed')
    expect((await world.api.getAgent(ONE)).agent.uid).toBe(second.uid)
  })

  test('every plane is listed', async () => {
    await world.api.createPlane({ ...PLANE, name: 'acme' })
    const { planes } = await world.api.listPlanes({})
    expect(planes.map(({ name }) => name)).toEqual(['acme', 'local'])
  })

  test('an agent that is not there is named beside those that are', async () => {
    await expect(world.api.getAgent({ plane: 'local', name: 'eve' })).rejects.toMatchObject({
      status: 404,
      body: { code: 'NoSuchAgent', field: 'name', suggestion: 'It has: ada.' },
    })
  })
})
