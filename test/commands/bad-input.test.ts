import { beforeEach, describe, expect, test } from 'vitest'
import { agentPath, planePath } from '../../shared/documents/uid.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await world.handle(
    new Request(`http://127.0.0.1/api${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const bob = { name: 'bob', owner: 'bob@example.com' }
const anApiKey = ['sk', 'proj', 'a1b2c3d4e5f6g7h8i9j0k1l2'].join('-')

const refusals: [what: string, body: unknown, status: number, field: string, message: RegExp][] = [
  ['an unknown field', { ...bob, colour: 'red' }, 422, 'colour', /colour is not a known field/],
  [
    'an unknown field inside a field',
    { ...bob, egress: { mode: 'open', ports: [] } },
    422,
    'egress.ports',
    /not a known/,
  ],
  ['a field only the store writes', { ...bob, createdAt: '2026-01-01T00:00:00Z' }, 422, 'createdAt', /not a known/],
  ['no owner', { name: 'bob' }, 422, 'owner', /owner is missing/],
  ['a bad e-mail', { ...bob, owner: 'bob' }, 422, 'owner', /owner must be an e-mail address/],
  ['an e-mail in capitals', { ...bob, owner: 'Bob@example.com' }, 422, 'owner', /lower case/],
  ['a group as owner', { ...bob, owner: 'group:team@example.com' }, 422, 'owner', /must be one person/],
  ['allUsers as owner', { ...bob, owner: 'allUsers' }, 422, 'owner', /must be one person/],
  ['allAuthenticatedUsers as owner', { ...bob, owner: 'allAuthenticatedUsers' }, 422, 'owner', /must be one person/],
  ['a service account as owner', { ...bob, owner: 'x@p.iam.gserviceaccount.com' }, 422, 'owner', /service account/],
  ['a name in capitals', { ...bob, name: 'Bob' }, 422, 'name', /name must be 1 to 40/],
  ['a name of 41 letters', { ...bob, name: 'b'.repeat(41) }, 422, 'name', /name must be 1 to 40/],
  ['a name that ends in a dash', { ...bob, name: 'bob-' }, 422, 'name', /name must be 1 to 40/],
  ['a name with a path in it', { ...bob, name: '../bob' }, 422, 'name', /name must be 1 to 40/],
  [
    'a secret name that is a value',
    { ...bob, secrets: [anApiKey] },
    422,
    'secrets.0',
    /looks like a secret value|must be a name/,
  ],
  ['a machine that is too small', { ...bob, machineType: 'f1-micro' }, 422, 'machineType', /e2-small or larger/],
  ['a backend that is not installed', { ...bob, backend: 'vm' }, 422, 'backend', /cannot run agents on/],
  ['a plane in the body too', { ...bob, plane: 'other' }, 422, 'plane', /given in the path/],
  [
    'two agents of one name',
    { name: 'ada', owner: 'eve@example.com' },
    409,
    'name',
    /has an agent "ada" already.*owner/,
  ],
  ['a spec of 900 KB', { ...bob, labels: { note: 'x'.repeat(900_000) } }, 413, 'spec', /at most 65536 are accepted/],
  ['a body of 2 MB', { ...bob, labels: { note: 'x'.repeat(2_000_000) } }, 413, 'body', /over 1048576 bytes/],
]

describe('adding an agent is refused, and nothing is written, for', () => {
  test.each(refusals)('%s', async (_, body, status, field, message) => {
    const before = [...world.stored.keys()]
    const answer = await post('/v1/planes/local/agents', body)
    expect(answer).toMatchObject({ status, body: { field } })
    expect(answer.body['message']).toMatch(message)
    expect(answer.body['requestId']).toMatch(/^request-/)
    expect([...world.stored.keys()]).toEqual(before)
    expect(world.trail).toHaveLength(2)
  })

  test('a plane that does not exist, naming those that do', async () => {
    const answer = await post('/v1/planes/acme/agents', bob)
    expect(answer).toMatchObject({ status: 404, body: { field: 'plane', message: 'There is no plane "acme".' } })
    expect(answer.body['suggestion']).toBe('There is: local.')
  })

  test('a plane that is closing by its spec', async () => {
    await world.specs.updatePlane('local', { desiredState: 'removed' })
    const answer = await post('/v1/planes/local/agents', bob)
    expect(answer).toMatchObject({ status: 409, body: { field: 'plane', code: 'PlaneClosing' } })
  })

  test('a plane that is closing by its status alone', async () => {
    await engineWritesPlane(world, { target: 'absent', phase: 'Removing' })
    expect(await post('/v1/planes/local/agents', bob)).toMatchObject({ status: 409, body: { code: 'PlaneClosing' } })
  })

  test('a name whose spec is being removed', async () => {
    await world.api.removeAgent(ADA_NAME)
    const answer = await post('/v1/planes/local/agents', { name: 'ada', owner: 'ada@example.com' })
    expect(answer).toMatchObject({ status: 409, body: { field: 'name', code: 'StillRemoving' } })
  })

  test('a name whose spec is gone while its resources are not', async () => {
    await engineWrites(world, 'ada', { target: 'absent', phase: 'Removing' })
    world.stored.delete(agentPath('local', 'ada'))
    const answer = await post('/v1/planes/local/agents', { name: 'ada', owner: 'ada@example.com' })
    expect(answer).toMatchObject({ status: 409, body: { field: 'name', code: 'StillRemoving' } })
  })

  test('an owner outside the domains of the plane', async () => {
    await world.specs.updatePlane('local', { allowedDomains: ['acme.com'] })
    const answer = await post('/v1/planes/local/agents', bob)
    expect(answer).toMatchObject({ status: 422, body: { field: 'owner', code: 'OwnerNotAllowed' } })
  })

  test.each(['', '[1]', '"text"', '{"name": "bob", ', 'null'])('a body that is no object: %s', async (body) => {
    const answer = await post('/v1/planes/local/agents', body)
    expect(answer.status).toBe(body === '' ? 422 : 400)
  })
})

describe('creating a plane is refused for', () => {
  const acme = { name: 'acme', project: 'acme-agents', region: 'us-east4' }
  const cases: [what: string, body: unknown, status: number, field: string][] = [
    ['an unknown field', { ...acme, colour: 'red' }, 422, 'colour'],
    ['a bad name', { ...acme, name: 'Acme Agents' }, 422, 'name'],
    ['a project that cannot be', { ...acme, project: 'X' }, 422, 'project'],
    ['a region that cannot be', { ...acme, region: 'the moon' }, 422, 'region'],
    ['a backend that is not installed', { ...acme, backend: 'vm' }, 422, 'backend'],
    ['a name that is taken by a plane with other fields', { ...acme, name: 'local' }, 409, 'name'],
  ]

  test.each(cases)('%s', async (_, body, status, field) => {
    expect(await post('/v1/planes', body)).toMatchObject({ status, body: { field } })
    expect(world.stored.has(planePath('acme'))).toBe(false)
  })
})

const ADA_NAME = { plane: 'local', name: 'ada' } as const

test('a refused secret value is neither kept, logged, audited nor echoed', async () => {
  await engineWrites(world, 'ada')
  const value = `${anApiKey}${'x'.repeat(70_000)}`
  await expect(world.api.setSecret({ ...ADA_NAME, key: 'openai-api-key', value })).rejects.toMatchObject({
    status: 422,
    body: { field: 'value' },
  })
  const body = await world.api.setSecret({ ...ADA_NAME, key: anApiKey, value: 'x' }).catch(String)
  expect(JSON.stringify([body, world.trail, world.logged, [...world.stored]])).not.toContain(anApiKey)
  expect(world.vault.size).toBe(0)
})
