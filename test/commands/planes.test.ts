import { beforeEach, describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { planePath } from '../../shared/documents/uid.ts'
import { router } from '../../shared/commands/router.ts'
import type { Caller } from '../../shared/ports/people.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
})

const actions = (): string[] => world.trail.map(({ entry }) => entry.action)

/** Somebody who has proven an e-mail address, and nothing else. */
function as(email: string): ApiClient {
  const caller: Caller = { actor: email, owns: (owner) => owner === email }
  const fetch = router({ ...world.ports, authenticate: async () => ({ is: 'caller', caller }) })
  return apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch })
}

const member = (email: string, role: 'admin' | 'viewer', plane = 'local'): void =>
  void world.members.set(`${plane}/${email}`, { email, role, createdAt: '2026-01-01T00:00:00Z' })

test('a backend that the installation lacks is refused with how to get it', async () => {
  const body = {
    code: 'NoSuchBackend',
    suggestion: expect.stringMatching(/AP_BACKEND=vm.*npm start -- --simulate-gcp/),
  }
  const vm = { backend: 'vm' } as const
  await expect(world.api.createPlane({ ...PLANE, ...vm, name: 'acme' })).rejects.toMatchObject({ status: 422, body })
  await expect(world.api.addAgent({ ...ADA, ...vm })).rejects.toMatchObject({ status: 422, body })
})

describe('changing a plane', () => {
  test('writes what differs', async () => {
    const change = { plane: 'local', retentionDays: 30, zones: ['us-east4-a'], allowedDomains: ['acme.com'] }
    expect(await world.api.updatePlane({ ...change, region: 'us-east4' })).toMatchObject({ upToDate: false })
    expect(await world.api.updatePlane(change)).toMatchObject({ upToDate: true })
    expect(world.stored.get(planePath('local'))?.fields).toMatchObject({ retentionDays: 30 })
    expect(world.trail.at(-1)?.entry).toMatchObject({ action: 'update-plane', before: { retentionDays: 7 } })
  })

  test.each([
    ['region', { region: 'europe-west1' }, 'Immutable'],
    ['project', { project: 'another-project' }, 'Immutable'],
    ['zones.1', { zones: ['us-east4-a', 'europe-west1-b'] }, 'ZoneElsewhere'],
    ['retentionDays', { retentionDays: -1 }, 'Invalid'],
  ])('%s is refused by name', async (field, change, code) => {
    const refused = world.api.updatePlane({ plane: 'local', ...change })
    await expect(refused).rejects.toMatchObject({ status: 422, body: { code, field } })
    expect(actions()).toEqual(['create-plane'])
  })

  test('to other defaults plans nothing for the plane itself; a new one plans its own steps', async () => {
    await engineWritesPlane(world)
    const { plan } = await world.api.updatePlane({ plane: 'local', retentionDays: 30, dryRun: true })
    expect(plan).toMatchObject({ before: { retentionDays: 7 }, after: { retentionDays: 30 } })
    const created = await world.api.createPlane({ ...PLANE, name: 'acme', dryRun: true })
    expect(created.plan?.steps.map(({ name }) => name)).toEqual(['services', 'grants', 'network'])
    expect(actions()).toEqual(['create-plane'])
  })
})

describe('removing a plane', () => {
  test('wants its agents gone first, and is one wish', async () => {
    await world.api.addAgent(ADA)
    await engineWrites(world, 'ada')
    await expect(world.api.removePlane({ plane: 'local' })).rejects.toMatchObject({
      status: 409,
      body: { code: 'HasAgents', message: 'Plane "local" has agents: ada.' },
    })
    await world.api.removeAgent({ plane: 'local', name: 'ada' })
    const dry = await world.api.removePlane({ plane: 'local', dryRun: true })
    expect(dry).toMatchObject({ upToDate: false, plan: { after: { desiredState: 'removed' } } })
    const open = (await world.api.getPlane({ plane: 'local' })).plane.actions
    expect(open).toEqual(['addAgent', 'update', 'remove'])
    const closing = { plane: { desiredState: 'removed', actions: [] } }
    expect(await world.api.removePlane({ plane: 'local' })).toMatchObject(closing)
    expect(await world.api.removePlane({ plane: 'local' })).toMatchObject({ upToDate: true })
    await expect(world.api.updatePlane({ plane: 'local', retentionDays: 1 })).rejects.toMatchObject({
      body: { code: 'PlaneClosing' },
    })
    expect(actions()).toEqual(['create-plane', 'add-agent', 'remove-agent', 'remove-plane'])
  })
})

test('a plane that is closing says so, whatever its spec is by now', async () => {
  await engineWritesPlane(world, { phase: 'Removing', target: 'absent' })
  const { plane } = await world.api.getPlane({ plane: 'local' })
  expect(plane).toMatchObject({ desiredState: 'removed', actions: [] })
  await expect(world.api.addAgent(ADA)).rejects.toMatchObject({ body: { code: 'PlaneClosing' } })
})

test('what was done in a plane can be read when it is gone, by those who could before', async () => {
  member('amy@example.com', 'admin')
  world.stored.delete(planePath('local'))
  const ask = { plane: 'local', agent: 'nobody' }
  expect(await as('amy@example.com').readAudit(ask)).toEqual({ entries: [] })
  const { entries } = await as('amy@example.com').readAudit({ plane: 'local' })
  expect(entries).toMatchObject([{ action: 'create-plane' }])
  await expect(as('eve@example.com').readAudit({ plane: 'local' })).rejects.toMatchObject({ status: 403 })
  await expect(world.api.readAudit({ plane: 'nowhere' })).rejects.toMatchObject({ body: { code: 'NoSuchPlane' } })
})

describe('members', () => {
  test('have the rights of their role in that plane, and in no other', async () => {
    await world.api.createPlane({ ...PLANE, name: 'other' })
    member('amy@example.com', 'admin')
    member('vic@example.com', 'viewer')
    const amy = as('amy@example.com')
    const vic = as('vic@example.com')
    await amy.addAgent(ADA)
    expect((await amy.listPlanes({})).planes.map(({ name }) => name)).toEqual(['local'])
    expect((await vic.getPlane({ plane: 'local' })).agents).toHaveLength(1)
    await expect(vic.addAgent({ ...ADA, name: 'bob' })).rejects.toMatchObject({ status: 403 })
    for (const plane of ['other', 'nowhere']) {
      const body = { code: 'NoSuchPlane', message: `There is no plane "${plane}".`, suggestion: 'There is: local.' }
      await expect(amy.getPlane({ plane })).rejects.toMatchObject({ status: 404, body })
      await expect(amy.stopAgent({ plane, name: 'ada' })).rejects.toMatchObject({ status: 404, body })
    }
    expect(world.trail.at(-1)?.entry).toMatchObject({ actor: 'amy@example.com', action: 'add-agent' })
  })

  test('an admin may be named before the plane is', async () => {
    member('amy@example.com', 'admin', 'acme')
    expect(await as('amy@example.com').createPlane({ ...PLANE, name: 'acme' })).toMatchObject({ upToDate: false })
    await expect(as('eve@example.com').createPlane({ ...PLANE, name: 'eves' })).rejects.toMatchObject({ status: 403 })
  })

  test('the last admin stays', async () => {
    member('amy@example.com', 'admin')
    const amy = as('amy@example.com')
    const gone = { plane: 'local', email: 'amy@example.com' }
    await expect(amy.removeMember(gone)).rejects.toMatchObject({ status: 409, body: { code: 'LastAdmin' } })
    await expect(amy.putMember({ ...gone, role: 'viewer' })).rejects.toMatchObject({ body: { code: 'LastAdmin' } })
    await amy.putMember({ plane: 'local', email: 'ann@example.com', role: 'admin' })
    expect(await amy.removeMember({ ...gone, dryRun: true })).toMatchObject({
      upToDate: false,
      plan: { before: { role: 'admin' }, after: { role: null }, steps: [] },
    })
    expect(await amy.removeMember(gone)).toMatchObject({ members: [{ email: 'ann@example.com' }] })
    await expect(amy.listMembers({ plane: 'local' })).rejects.toMatchObject({ status: 403 })
  })

  test.each(['allUsers', 'group:all@acme.com', 'x@y.iam.gserviceaccount.com', 'Amy@example.com'])(
    '%s is no member',
    async (email) => {
      const put = world.api.putMember({ plane: 'local', email, role: 'viewer' })
      await expect(put).rejects.toMatchObject({ status: 422, body: { field: 'email' } })
    },
  )
})
