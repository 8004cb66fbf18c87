import { expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import type { RouteName } from '../../shared/api/contract.ts'
import { router } from '../../shared/commands/router.ts'
import type { Caller } from '../../shared/ports/people.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'

const nobody: Caller = { actor: 'eve@example.com', role: 'none', owns: () => false }
const viewer: Caller = { actor: 'vic@example.com', role: 'viewer', owns: () => false }
const admin: Caller = { actor: 'amy@example.com', role: 'admin', owns: () => false }
const owner: Caller = { actor: 'ada@example.com', role: 'none', owns: (email) => email === 'ada@example.com' }
const one = { plane: 'local', name: 'ada' }

const calls = {
  createPlane: { ...PLANE, name: 'acme' },
  listPlanes: {},
  getPlane: { plane: 'local' },
  addAgent: { ...ADA, name: 'bob' },
  getAgent: one,
  updatePlane: { plane: 'local', retentionDays: 1 },
  removePlane: { plane: 'local', dryRun: true },
  updateAgent: { ...one, labels: { team: 'a' } },
  removeAgent: one,
  startAgent: one,
  stopAgent: one,
  restartAgent: one,
  retryPlane: { plane: 'local' },
  retryAgent: one,
  readLogs: one,
  setSecret: { ...one, key: 'key', value: 'value' },
  openAgent: one,
  listMembers: { plane: 'local' },
  putMember: { plane: 'local', email: 'bob@example.com', role: 'viewer' },
  removeMember: { plane: 'local', email: 'bob@example.com' },
  readAudit: { plane: 'local' },
  linkSlack: { code: 'a'.repeat(64) },
} as const satisfies Record<RouteName, unknown>

const allowed: Record<RouteName, readonly Caller[]> = {
  createPlane: [admin],
  listPlanes: [admin, viewer, owner],
  getPlane: [admin, viewer, owner],
  addAgent: [admin],
  getAgent: [admin, viewer, owner],
  updatePlane: [admin],
  removePlane: [admin],
  updateAgent: [admin],
  removeAgent: [admin],
  startAgent: [admin, owner],
  stopAgent: [admin, owner],
  restartAgent: [admin, owner],
  retryPlane: [admin],
  retryAgent: [admin, owner],
  readLogs: [admin, owner],
  setSecret: [owner],
  openAgent: [owner],
  listMembers: [admin, viewer],
  putMember: [admin],
  removeMember: [admin],
  readAudit: [admin, viewer],
  linkSlack: [nobody, viewer, admin, owner],
}

const cases = (Object.keys(calls) as RouteName[]).flatMap((name) =>
  [nobody, viewer, admin, owner].map((caller): [RouteName, string, Caller] => [name, caller.actor, caller]),
)

test.each(cases)('%s by %s is allowed where the table says so', async (name, _, caller) => {
  const world = commandWorld(caller)
  const founders = { ...world.ports, authenticate: commandWorld().ports.authenticate }
  const founder = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: router(founders) })
  await founder.createPlane(PLANE)
  await founder.addAgent(ADA)
  const failed = { state: 'failed', attempt: 1 } as const
  await engineWritesPlane(world, { phase: 'Failed', steps: { services: failed } })
  await engineWrites(world, 'ada', { phase: 'Degraded', steps: { access: failed } })
  const call = world.api[name] as (input: unknown) => Promise<unknown>
  const outcome = await call(calls[name])
    .then(() => 'done')
    .catch(({ status }: { status: number }) => (status === 409 ? 'done' : status))
  expect(outcome).toBe(allowed[name].includes(caller) ? 'done' : 403)
})

const MODEL = { provider: 'openai', name: 'gpt-5', apiKeySecret: 'key' }

test.each<[string, Caller, object, number | 'done']>([
  ['the model, by its owner', owner, { model: MODEL }, 'done'],
  ['the model, by somebody else', nobody, { model: MODEL }, 403],
  ['the model, by a viewer', viewer, { model: MODEL }, 403],
  ['the model and more, by its owner', owner, { model: MODEL, machineType: 'e2-medium' }, 403],
  ['the model and a field to take away, by its owner', owner, { model: MODEL, egress: null }, 403],
  ['no model any more, by its owner', owner, { model: null }, 403],
  ['nothing, by its owner', owner, {}, 403],
])('of an agent is changed %s, where that may be', async (_, caller, fields, outcome) => {
  const world = commandWorld(caller)
  const founders = { ...world.ports, authenticate: commandWorld().ports.authenticate }
  const founder = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: router(founders) })
  await founder.createPlane(PLANE)
  await founder.addAgent(ADA)
  await engineWrites(world, 'ada')
  const asked = await world.api
    .updateAgent({ ...one, ...fields })
    .then(() => 'done')
    .catch(({ status }: { status: number }) => status)
  expect(asked).toBe(outcome)
})
