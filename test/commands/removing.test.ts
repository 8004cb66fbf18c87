import { beforeEach, describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites, namesake } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

const ONE = { plane: 'local', name: 'ada' } as const

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

/** The spec of ada, as it is stored. */
const desired = (): unknown => world.stored.get(agentPath('local', 'ada'))?.fields

const lastAudit = (): unknown => world.trail.at(-1)?.entry

describe('removing', () => {
  test('writes the wish, and is audited with what was before', async () => {
    await engineWrites(world, 'ada')
    const { agent, upToDate } = await world.api.removeAgent(ONE)
    expect({ agent, upToDate }).toMatchObject({ upToDate: false, agent: { desiredState: 'removed' } })
    expect(desired()).toMatchObject({ desiredState: 'removed' })
    expect(lastAudit()).toMatchObject({
      actor: 'local@localhost',
      action: 'remove-agent',
      agent: 'ada',
      before: { phase: 'Ready' },
      after: { desiredState: 'removed', purge: false },
    })
  })

  test('twice is up to date; with purge the second time it is one more wish', async () => {
    await engineWrites(world, 'ada')
    await world.api.removeAgent(ONE)
    await engineWrites(world, 'ada', { target: 'absent', phase: 'Removing' })
    expect(await world.api.removeAgent(ONE)).toMatchObject({ upToDate: true })
    expect(await world.api.removeAgent({ ...ONE, purge: true })).toMatchObject({ upToDate: false })
    expect(desired()).toMatchObject({ purge: true })
    expect(await world.api.removeAgent({ ...ONE, purge: true })).toMatchObject({ upToDate: true })
  })

  test('by uid, spares a namesake of whoever was meant', async () => {
    const { uid } = await engineWrites(world, 'ada')
    namesake(world)
    const other = { status: 409, body: { code: 'OtherAgent', field: 'uid' } }
    await expect(world.api.removeAgent({ ...ONE, uid })).rejects.toMatchObject(other)
    await expect(world.api.removeAgent({ ...ONE, uid, dryRun: true })).rejects.toMatchObject(other)
    await expect(world.api.removeAgent({ ...ONE, uid: 'aaaaaaaaaa' })).rejects.toMatchObject({ status: 404 })
    expect(desired()).not.toHaveProperty('desiredState')
    expect(lastAudit()).toMatchObject({ action: 'add-agent' })
    const { agent } = await world.api.getAgent(ONE)
    expect(await world.api.removeAgent({ ...ONE, uid: agent.uid })).toMatchObject({ upToDate: false })
  })

  test('spares a namesake that was made while it was asked for', async () => {
    const { uid } = await engineWrites(world, 'ada', { target: 'absent', phase: 'Removed' })
    const updateAgent: typeof world.specs.updateAgent = async (...given) => {
      namesake(world)
      return world.specs.updateAgent(...given)
    }
    const handle = router({ ...world.ports, specs: { ...world.specs, updateAgent } })
    const api = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: handle })
    expect(await api.removeAgent({ ...ONE, purge: true })).toMatchObject({ upToDate: false, agent: { uid } })
    expect(desired()).not.toHaveProperty('desiredState')
  })

  test('with purge, a Removed agent is purged now', async () => {
    const { uid } = await engineWrites(world, 'ada', {
      target: 'absent',
      phase: 'Removed',
      purgeAtMs: world.clock.ms + 9e8,
    })
    world.stored.delete(agentPath('local', 'ada'))
    expect(await world.api.removeAgent({ ...ONE, purge: true })).toMatchObject({ upToDate: false })
    expect(world.statuses.get(uid)?.purgeAtMs).toBe(world.clock.ms)
    expect(await world.api.removeAgent({ ...ONE, purge: true })).toMatchObject({ upToDate: true })
    expect(await world.api.removeAgent(ONE)).toMatchObject({ upToDate: true })
  })

  test('an agent whose spec is not valid can be removed', async () => {
    await world.specs.updateAgent('local', 'ada', { owner: 'nobody' })
    expect(await world.api.removeAgent(ONE)).toMatchObject({ agent: { desiredState: 'removed' } })
  })

  test('an agent whose spec vanished is refused, saying how to go on', async () => {
    await engineWrites(world, 'ada', { target: 'parked', phase: 'Degraded' })
    world.stored.delete(agentPath('local', 'ada'))
    await expect(world.api.removeAgent(ONE)).rejects.toMatchObject({ status: 409, body: { code: 'SpecMissing' } })
  })
})
