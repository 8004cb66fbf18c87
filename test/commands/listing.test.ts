import { beforeEach, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import type { Place } from '../../shared/documents/names.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import type { StatusQuery } from '../../shared/ports/specs.ts'
import { ADA, engineWrites, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

let world: CommandWorld

beforeEach(async () => {
  world = await worldOfAda()
})

/** Has something happen after the specs were listed and before the statuses were. */
function between(happens: () => Promise<unknown>): void {
  const { specs } = world
  const asBefore = { ...specs }
  const { promise: listed, resolve } = Promise.withResolvers<void>()
  Object.assign(specs, {
    listAgents: async (plane: string) => {
      const documents = await asBefore.listAgents(plane)
      Object.assign(specs, { listAgents: asBefore.listAgents.bind(asBefore) })
      await happens()
      resolve()
      return documents
    },
    listAgentStatuses: (plane: string, query: StatusQuery) =>
      listed.then(() => asBefore.listAgentStatuses(plane, query)),
  })
}

const listed = async () => (await world.api.getPlane({ plane: 'local' })).agents

test('an agent that left nothing while the plane was read is not taken for a new one', async () => {
  between(async () => {
    await engineWrites(world, 'ada', { phase: 'Purged', target: 'absent' })
    world.stored.delete(agentPath('local', 'ada'))
  })
  expect(await listed()).toEqual([])
})

test('an agent that was added while the plane was read is shown with what its spec says', async () => {
  between(async () => {
    await world.api.addAgent({ ...ADA, name: 'bob' })
    await engineWrites(world, 'bob', { observedGeneration: 'an older one' })
  })
  expect(await listed()).toMatchObject([
    { name: 'ada', observed: true },
    { name: 'bob', observed: false },
  ])
})

test('in brief an agent comes with what is not as it should be, and with all that a table tells', async () => {
  const sinceMs = world.clock.ms
  const done = { state: 'ready', attempt: 1, sinceMs } as const
  const told = { status: 'False', reason: 'Unpaired', message: 'pair it', sinceMs } as const
  await engineWrites(world, 'ada', {
    phase: 'Provisioning',
    steps: { identity: done, machine: { ...done, state: 'waiting' }, disk: { ...done, state: 'failed' } },
    conditions: { ChannelsReady: told, Isolation: { status: 'True', reason: 'NetworkPolicy', sinceMs } },
    resources: { machine: { id: 'machine-7' }, disk: { id: 'disk-7' } },
  })
  const [whole] = await listed()
  const { agents } = await world.api.getPlane({ plane: 'local', brief: true })
  expect(agents).toEqual([
    {
      ...whole,
      steps: whole?.steps.filter(({ name }) => name === 'machine' || name === 'disk'),
      conditions: whole?.conditions.filter(({ name }) => name === 'ChannelsReady'),
      resources: [],
      actions: [],
    },
  ])
  expect(agents[0]?.steps).toHaveLength(2)
  expect(whole?.resources).toHaveLength(2)
})

test('in brief an owner gets the same of their own', async () => {
  const ada = { actor: 'ada@example.com', owns: (email: string) => email === 'ada@example.com' }
  const handle = router({ ...world.ports, authenticate: async () => ({ is: 'caller', caller: ada }) })
  const api = apiClient({ url: 'http://127.0.0.1', token: 'hers', fetch: handle })
  const { agents } = await api.getPlane({ plane: 'local', brief: true })
  expect(agents).toMatchObject([{ name: 'ada', phase: 'Ready', steps: [], conditions: [], resources: [], actions: [] }])
})

test('where an agent is reached is looked for only where it may be found', async () => {
  const asked: string[] = []
  Object.assign(world.ports.access, { show: async ({ uid }: Place) => void asked.push(uid) })
  await world.api.addAgent({ ...ADA, name: 'bob' })
  const { uid, pinned } = await engineWrites(world, 'bob')
  if (pinned === undefined) throw new Error('bob is pinned nowhere')
  await engineWrites(world, 'ada', { pinned: { ...pinned, backend: 'vm' } })
  expect(await listed()).toHaveLength(2)
  expect(asked).toEqual([uid])
})

test('specs are listed once where nothing happened, with removed agents among them, too', async () => {
  await world.api.addAgent({ ...ADA, name: 'bob' })
  await engineWrites(world, 'bob', { phase: 'Removed', target: 'absent' })
  world.stored.delete(agentPath('local', 'bob'))
  let lists = 0
  const asBefore = { ...world.specs }
  Object.assign(world.specs, {
    listAgents: async (plane: string) => {
      lists += 1
      return asBefore.listAgents(plane)
    },
  })
  expect((await listed()).map(({ phase }) => phase)).toEqual(['Ready', 'Removed'])
  expect(lists).toBe(1)
})
