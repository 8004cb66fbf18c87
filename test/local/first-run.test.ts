import { expect, test } from 'vitest'
import { ensureFirstAgent, provenSince } from '../../infra/local/first-run.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { ApiError } from '../../shared/api/errors.ts'
import type { AgentView } from '../../shared/api/views.ts'

const agent = (overrides: Partial<AgentView> = {}): AgentView => ({
  plane: 'local',
  name: 'ada',
  uid: 'aaaaaaaaaa',
  phase: 'Ready',
  desiredState: 'running',
  steps: [],
  conditions: [],
  resources: [],
  createdAt: '2026-01-01T00:00:00Z',
  actions: [],
  ...overrides,
})

const GROUND = { project: 'local-plane', region: 'us-east4', backend: 'process' } as const

function fakeApi(agents: readonly AgentView[]) {
  const calls: string[] = []
  const api = {
    createPlane: async () => void calls.push('createPlane'),
    getPlane: async () => ({ agents }),
    addAgent: async ({ name, owner }: { name: string; owner: string }) => {
      calls.push(`addAgent ${name} ${owner}`)
      return { agent: agent({ phase: 'Pending' }) }
    },
    getAgent: async () => ({ agent: agents[0] }),
  }
  return { api: api as unknown as ApiClient, calls }
}

test('a plane that never had an agent gets ada', async () => {
  const { api, calls } = fakeApi([])
  expect(await ensureFirstAgent(api, true, GROUND)).toMatchObject({ resumed: [], added: { name: 'ada' } })
  expect(calls).toEqual(['createPlane', 'addAgent ada ada@example.com'])
})

test('--no-agent leaves ada out', async () => {
  const { api, calls } = fakeApi([])
  expect(await ensureFirstAgent(api, false, GROUND)).toEqual({ resumed: [], added: undefined })
  expect(calls).toEqual(['createPlane'])
})

test('agents of last time are resumed and no other is added', async () => {
  const bob = agent({ name: 'bob' })
  const { api, calls } = fakeApi([bob])
  expect(await ensureFirstAgent(api, true, GROUND)).toEqual({ resumed: [bob], added: undefined })
  expect(calls).toEqual(['createPlane'])
})

test('a plane that somebody has changed is left so, and its agents are resumed', async () => {
  const { api } = fakeApi([agent()])
  const refusing = (code: string): ApiClient => ({
    ...api,
    createPlane: () => Promise.reject(new ApiError(409, { code, message: 'It is another one.', requestId: 'r' })),
  })
  expect(await ensureFirstAgent(refusing('AlreadyExists'), true, GROUND)).toMatchObject({ resumed: [{ name: 'ada' }] })
  await expect(ensureFirstAgent(refusing('Closing'), true, GROUND)).rejects.toThrow('It is another one.')
})

test('an ada that somebody removed is not made again', async () => {
  const { api, calls } = fakeApi([agent({ phase: 'Purged' })])
  expect(await ensureFirstAgent(api, true, GROUND)).toEqual({ resumed: [], added: undefined })
  expect(calls).toEqual(['createPlane'])
})

test.each([
  ['without a heartbeat', undefined, 'Unknown'],
  ['with a heartbeat of before', '2026-01-01T09:59:59Z', 'Unknown'],
  ['with a heartbeat since', '2026-01-01T10:00:00Z', 'Ready'],
])('an agent that is Ready %s is %s', async (_, at, phase) => {
  const heartbeat = at === undefined ? {} : { heartbeat: { at, ageMs: 0, ready: true } }
  const api = provenSince(fakeApi([agent(heartbeat)]).api, Date.parse('2026-01-01T10:00:00Z'))
  expect((await api.getAgent({ plane: 'local', name: 'ada' })).agent.phase).toBe(phase)
})
