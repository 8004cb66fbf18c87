import { beforeEach, describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { router } from '../../shared/commands/router.ts'
import type { Caller } from '../../shared/ports/people.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
})

/** Somebody who has proven an e-mail address, and nothing else. */
function as(email: string, other: Partial<typeof world.ports> = {}): ApiClient {
  const caller: Caller = { actor: email, owns: (owner) => owner === email }
  const fetch = router({ ...world.ports, ...other, authenticate: async () => ({ is: 'caller', caller }) })
  return apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch })
}

describe('an owner', () => {
  test('sees their own agent, and nothing of what else there is', async () => {
    await world.api.addAgent(ADA)
    await world.api.addAgent({ ...ADA, name: 'bob', owner: 'bob@example.com' })
    const ada = as('ada@example.com')
    expect(await ada.getAgent({ plane: 'local', name: 'ada' })).toMatchObject({ agent: { name: 'ada' } })
    const refusals = await Promise.all(
      ['bob', 'nobody'].map((name) => ada.getAgent({ plane: 'local', name }).catch((error: unknown) => error)),
    )
    expect((await ada.listPlanes({})).planes).toMatchObject([
      { name: 'local', conditions: [], resources: [], steps: [], actions: [] },
    ])
    expect(await ada.getPlane({ plane: 'local' })).toMatchObject({
      plane: { name: 'local', conditions: [], resources: [], steps: [], actions: [] },
      agents: [{ name: 'ada' }],
    })
    await expect(ada.getPlane({ plane: 'nowhere' })).rejects.toMatchObject({
      status: 404,
      body: { suggestion: 'There is: local.' },
    })
    await expect(ada.updatePlane({ plane: 'local', retentionDays: 1 })).rejects.toMatchObject({ status: 403 })
    for (const [index, name] of ['bob', 'nobody'].entries()) {
      const body = { message: `You have no agent "${name}" in plane "local".`, suggestion: 'Yours: ada.' }
      expect(refusals[index]).toMatchObject({ status: 404, body })
    }
    const eve = as('eve@example.com')
    for (const plane of ['local', 'nowhere']) {
      await expect(eve.getAgent({ plane, name: 'ada' })).rejects.toMatchObject({ status: 403 })
      await expect(eve.getPlane({ plane })).rejects.toMatchObject({ status: 403 })
    }
    expect((await eve.listPlanes({})).planes).toEqual([])
  })

  test('hears what is wrong with a plane, and who owns nothing in it does not', async () => {
    await world.api.addAgent(ADA)
    const unreadable = new Error('a status that cannot be read')
    const documents = { ...world.ports.documents, viewPlane: () => Promise.reject(unreadable) }
    await expect(as('ada@example.com', { documents }).getPlane({ plane: 'local' })).rejects.toMatchObject({
      status: 500,
    })
    await expect(as('eve@example.com', { documents }).getPlane({ plane: 'local' })).rejects.toMatchObject({
      status: 403,
    })
  })

  test('is answered once nothing is read any more, also where it cannot be found out who they are', async () => {
    await world.api.addAgent(ADA)
    const reads = Promise.withResolvers<never>()
    const answered: string[] = []
    const unreadable = new Error('no member can be read')
    const specs = { ...world.specs, getMember: () => Promise.reject(unreadable) }
    const documents = { ...world.ports.documents, viewPlane: () => reads.promise, viewAgent: () => reads.promise }
    const ada = as('ada@example.com', { documents, specs })
    const asked = [ada.getPlane({ plane: 'local' }), ada.getAgent({ plane: 'local', name: 'ada' })]
    const all = Promise.all(asked.map((one) => one.catch((error: unknown) => void answered.push(String(error)))))
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toEqual([])
    reads.reject(new Error('nor a plane'))
    await all
    expect(answered).toHaveLength(2)
  })

  test('sees nothing of whoever got the name of their agent meanwhile', async () => {
    await world.api.addAgent(ADA)
    const specs = {
      ...world.specs,
      listAgents: async (...given: Parameters<typeof world.specs.listAgents>) => {
        const listed = await world.specs.listAgents(...given)
        world.clock.ms += 1000
        const createdAt = new Date(world.clock.ms).toISOString()
        world.write('planes/local/agents/ada', { owner: 'bob@example.com', createdAt })
        return listed
      },
    }
    expect((await as('ada@example.com', { specs }).getPlane({ plane: 'local' })).agents).toEqual([])
  })

  test('sees what is left of their agents, and those whose spec cannot be read', async () => {
    const ada = as('ada@example.com')
    const { agent } = await world.api.addAgent(ADA)
    const status = await engineWrites(world, 'ada')
    world.write(agentPath('local', 'ada'), { owner: 'ada@example.com', createdAt: agent.createdAt, nonsense: true })
    const unreadable = { name: 'ada', phase: 'Ready', invalid: expect.any(String) as string }
    expect((await ada.getPlane({ plane: 'local' })).agents).toMatchObject([unreadable])

    world.stored.delete(agentPath('local', 'ada'))
    world.statuses.set(status.uid, { ...status, target: 'absent', phase: 'Removed' })
    expect((await ada.listPlanes({})).planes).toMatchObject([{ name: 'local' }])
    expect((await ada.getPlane({ plane: 'local' })).agents).toMatchObject([{ name: 'ada', phase: 'Removed' }])

    world.statuses.set(status.uid, { ...status, target: 'absent', phase: 'Purged' })
    expect((await ada.listPlanes({})).planes).toMatchObject([{ name: 'local' }])
    expect((await ada.getPlane({ plane: 'local' })).agents).toEqual([])
    await world.api.addAgent({ ...ADA, owner: 'bob@example.com' })
    expect((await ada.getPlane({ plane: 'local', purged: true })).agents).toMatchObject([{ uid: status.uid }])
    await expect(as('eve@example.com').getPlane({ plane: 'local' })).rejects.toMatchObject({ status: 403 })
  })

  test.each([
    ['was removed', () => world.stored.delete(agentPath('local', 'ada'))],
    ['cannot be read', () => world.write(agentPath('local', 'ada'), { owner: 'ada@example.com', nonsense: true })],
  ])('is told what is theirs when they mistype it, though the spec of it %s', async (_, change) => {
    await world.api.addAgent(ADA)
    await engineWrites(world, 'ada')
    change()
    const mistyped = { plane: 'local', name: 'adda' }
    await expect(as('ada@example.com').getAgent(mistyped)).rejects.toMatchObject({
      status: 404,
      body: { message: 'You have no agent "adda" in plane "local".', suggestion: 'Yours: ada.' },
    })
    await expect(as('eve@example.com').getAgent(mistyped)).rejects.toMatchObject({ status: 403 })
  })

  test('is told nothing of those that left nothing when they mistype one', async () => {
    await world.api.addAgent(ADA)
    await world.api.addAgent({ ...ADA, name: 'old' })
    await engineWrites(world, 'old', { phase: 'Purged', target: 'absent' })
    world.stored.delete(agentPath('local', 'old'))
    const mistyped = { plane: 'local', name: 'adda' }
    const ada = as('ada@example.com')
    await expect(ada.getAgent(mistyped)).rejects.toMatchObject({ body: { suggestion: 'Yours: ada.' } })
    await engineWrites(world, 'ada', { phase: 'Purged', target: 'absent' })
    world.stored.delete(agentPath('local', 'ada'))
    await expect(ada.getAgent(mistyped)).rejects.toMatchObject({
      status: 404,
      body: { suggestion: 'None of yours is left.' },
    })
  })

  test('is listed their agents by one look at each list', async () => {
    await world.api.addAgent(ADA)
    await engineWrites(world, 'ada')
    const asked: string[] = []
    const specs: typeof world.specs = {
      ...world.specs,
      listAgents: (...given) => {
        asked.push('specs')
        return world.specs.listAgents(...given)
      },
      listAgentStatuses: (...given) => {
        asked.push('statuses')
        return world.specs.listAgentStatuses(...given)
      },
    }
    expect((await as('ada@example.com', { specs }).getPlane({ plane: 'local' })).agents).toHaveLength(1)
    expect(asked.toSorted()).toEqual(['specs', 'statuses'])
  })

  test('an agent is whose its status says, whoever was written into its spec', async () => {
    const { agent } = await world.api.addAgent(ADA)
    await engineWrites(world, 'ada')
    world.write(agentPath('local', 'ada'), { owner: 'bob@example.com', createdAt: agent.createdAt })
    expect((await as('bob@example.com').getPlane({ plane: 'local' })).agents).toEqual([])
    expect((await as('ada@example.com').getPlane({ plane: 'local' })).agents).toHaveLength(1)
  })
})
