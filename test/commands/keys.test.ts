import { beforeEach, describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { ADA, TOKEN, engineWrites, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { agentPath } from '../../shared/documents/uid.ts'

const ONE = { plane: 'local', name: 'ada' } as const
let world: CommandWorld

beforeEach(async () => {
  world = await worldOfAda()
})

const specOf = (): unknown => world.stored.get(agentPath('local', 'ada'))?.fields

const entries = () => world.trail.slice(2).map(({ entry }) => entry)

const keyed = (key: string): ApiClient =>
  apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: world.handle, key, surface: 'cli' })

describe('an idempotency key', () => {
  test('has the same done once, and answers the same', async () => {
    const api = keyed('one-wish-1234')
    const first = await api.restartAgent(ONE)
    expect(await api.restartAgent(ONE)).toEqual(first)
    expect(specOf()).toMatchObject({ restart: 1 })
    expect(entries()).toMatchObject([{ key: 'one-wish-1234', surface: 'cli', action: 'restart' }])
    await keyed('another-wish-1').restartAgent(ONE)
    expect(specOf()).toMatchObject({ restart: 2 })
  })

  test('has a way opened again without a second entry', async () => {
    const api = keyed('one-wish-1234')
    expect(await api.openAgent(ONE)).toEqual(await api.openAgent(ONE))
    expect(entries()).toMatchObject([{ key: 'one-wish-1234', action: 'open-agent' }])
    await expect(api.restartAgent(ONE)).rejects.toMatchObject({ status: 422, body: { code: 'KeyReused' } })
  })

  test('of many at once has it done once', async () => {
    const api = keyed('one-wish-1234')
    await Promise.all([1, 2, 3].map(() => api.restartAgent(ONE)))
    expect([specOf(), entries().length]).toMatchObject([{ restart: 1 }, 1])
  })

  test('of another request is refused', async () => {
    const api = keyed('one-wish-1234')
    await api.restartAgent(ONE)
    await expect(api.stopAgent(ONE)).rejects.toMatchObject({ status: 422, body: { code: 'KeyReused' } })
  })

  test('answers a creation that was repeated as the first time, and another one with its refusal', async () => {
    const api = keyed('one-wish-1234')
    const bob = { ...ADA, name: 'bob' }
    expect(await api.addAgent(bob)).toMatchObject({ upToDate: false })
    expect(await api.addAgent(bob)).toMatchObject({ upToDate: false })
    expect(await world.api.addAgent(bob)).toMatchObject({ upToDate: true })
    expect(await api.removeAgent(ONE).catch((error: unknown) => error)).toMatchObject({ body: { code: 'KeyReused' } })
    const remove = keyed('remove-wish-12')
    expect(await remove.removeAgent(ONE)).toMatchObject({ upToDate: false })
    expect(await remove.removeAgent(ONE)).toMatchObject({ upToDate: false })
    expect(entries().map(({ action }) => action)).toEqual(['add-agent', 'remove-agent'])
  })

  test('is known when what was asked for could not be asked for any more', async () => {
    const wishes = {
      add: () => keyed('add-wish-1234').addAgent({ ...ADA, name: 'bob' }),
      open: () => keyed('open-wish-1234').openAgent(ONE),
      set: () => keyed('secret-wish-12').setSecret({ ...ONE, key: 'notes', value: 'a value' }),
    }
    for (const wish of Object.values(wishes)) await wish()
    const before = entries()
    await world.specs.updateAgent('local', 'ada', { desiredState: 'removed' })
    await world.specs.updatePlane('local', { desiredState: 'removed' })
    await engineWrites(world, 'ada', { target: 'absent', phase: 'Removing' })
    const tried = await Promise.all(Object.values(wishes).map((wish) => wish()))
    expect(tried).toMatchObject([
      { upToDate: false, agent: { name: 'bob' } },
      { url: expect.stringMatching(/^http/) as string },
      { agent: { name: 'ada' } },
    ])
    expect(entries()).toEqual(before)
    await expect(keyed('other-wish-12').addAgent({ ...ADA, name: 'eve' })).rejects.toMatchObject({
      body: { code: 'PlaneClosing' },
    })
    await expect(keyed('other-wish-34').openAgent(ONE)).rejects.toMatchObject({ body: { code: 'WrongPhase' } })
  })

  test('of a creation that was undone since makes nothing anew', async () => {
    const api = keyed('one-wish-1234')
    await api.addAgent({ ...ADA, name: 'bob' })
    const status = await engineWrites(world, 'bob', { target: 'absent', phase: 'Removed' })
    world.stored.delete(agentPath('local', 'bob'))
    expect(await api.addAgent({ ...ADA, name: 'bob' })).toMatchObject({
      upToDate: false,
      agent: { uid: status.uid, phase: 'Removed' },
    })
    expect(world.stored.has(agentPath('local', 'bob'))).toBe(false)
  })

  test.each(['short', 'with spaces in it', 'x'.repeat(129)])('%j is refused', async (key) => {
    await expect(keyed(key).restartAgent(ONE)).rejects.toMatchObject({
      status: 422,
      body: { field: 'Idempotency-Key' },
    })
  })

  test('of a refused command is free again', async () => {
    const api = keyed('one-wish-1234')
    await engineWrites(world, 'ada', { phase: 'Failed' })
    await expect(api.restartAgent(ONE)).rejects.toMatchObject({ status: 409 })
    await engineWrites(world, 'ada')
    expect(await api.restartAgent(ONE)).toMatchObject({ upToDate: false })
  })
})
