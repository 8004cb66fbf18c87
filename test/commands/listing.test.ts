import { beforeEach, expect, test } from 'vitest'
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
