import { router } from '../../shared/commands/router.ts'
import type { CommandPorts } from '../../shared/commands/ports.ts'
import { localCaller } from '../../shared/commands/authenticate.ts'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import type { AgentStatus, PlaneStatus } from '../../shared/documents/status.ts'
import { googlePrices } from '../../shared/gcp/prices.ts'
import type { LogLine } from '../../shared/ports/logs.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { desired } from '../../shared/steps/steps.ts'
import type { Caller } from '../../shared/ports/people.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import { fakeSpecs } from './specs.ts'
import type { FakeSpecs } from './specs.ts'

/** The token of the plane in memory. */
export const TOKEN = 'test-token-of-nobody'

/** A plane in memory behind the real router, and a client of it. A test plays the engine through `world`. */
export type CommandWorld = FakeSpecs & {
  readonly ports: CommandPorts
  readonly handle: (request: Request) => Promise<Response>
  readonly api: ApiClient
  /** Values that were put, by `{uid}/{key}`; only keys in `slots` are accepted, as long as there are any. */
  readonly vault: Map<string, string>
  readonly slots: Set<string>
  readonly lines: LogLine[]
  readonly logged: string[]
  readonly clock: { ms: number }
}

/** An installation with the `process` backend and nothing in it. */
export function commandWorld(caller?: Caller): CommandWorld {
  const clock = { ms: Date.UTC(2026, 0, 2, 3, 4, 5) }
  const store = fakeSpecs({ nowMs: () => clock.ms })
  const vault = new Map<string, string>()
  const slots = new Set<string>()
  const lines: LogLine[] = []
  const logged: string[] = []
  let ids = 0
  const ports: CommandPorts = {
    specs: store.specs,
    documents: store.documents,
    authenticate: caller === undefined ? localCaller(TOKEN) : async () => ({ is: 'caller', caller }),
    access: {
      show: async ({ uid }) => ({
        url: `http://127.0.0.1:18789/#token=secret-of-${uid}`,
        token: `secret-of-${uid}`,
        ask: 'openclaw agent',
      }),
    },
    vault: {
      takes: 'values',
      put: async ({ uid }, key, value) => {
        if (slots.size > 0 && !slots.has(key)) throw new ProviderError('NotFound', `no secret ${key}`)
        vault.set(`${uid}/${key}`, value)
      },
    },
    logs: {
      read: async (_, { sinceMs, limit, newest = false }) => {
        const since = lines.filter(({ atMs }) => atMs > sinceMs)
        return newest ? since.slice(-limit) : since.slice(0, limit)
      },
    },
    prices: (backend) => (backend === 'vm' ? googlePrices : undefined),
    desired,
    backends: ['process'],
    clock: { nowMs: () => clock.ms },
    ids: { next: () => `request-${++ids}` },
    log: {
      info: (event) => logged.push(event),
      warn: (event) => logged.push(event),
      error: (event) => logged.push(event),
    },
  }
  const handle = router(ports)
  const api = apiClient({ url: 'http://127.0.0.1:8787/api', token: TOKEN, fetch: handle })
  return { ...store, ports, handle, api, vault, slots, lines, logged, clock }
}

/** What `local` and its agent `ada` are made from. */
export const PLANE = { name: 'local', project: 'demo-agents-plane', region: 'us-east4' } as const
export const ADA = { plane: 'local', name: 'ada', owner: 'ada@example.com' } as const

/** A status as the engine writes it for the plane `local`, in its place. */
export async function engineWritesPlane(world: CommandWorld, changes: Partial<PlaneStatus> = {}): Promise<PlaneStatus> {
  const document = await world.specs.getPlane('local')
  if (document?.parsed.ok !== true) throw new Error('there is no valid spec of the plane')
  const status: PlaneStatus = {
    kind: 'plane',
    uid: document.uid,
    observedGeneration: document.generation,
    name: 'local',
    target: 'present',
    phase: 'Ready',
    pinned: { backend: 'process', project: 'demo-agents-plane', region: 'us-east4', zone: 'us-east4-a' },
    accepted: document.parsed.spec,
    steps: {},
    resources: {},
    retained: [],
    conditions: {},
    createdAt: document.createdAt,
    ...changes,
  }
  world.planeStatuses.set(status.uid, status)
  return status
}

/** A status as the engine writes it for the agent of this name, in its place. */
export async function engineWrites(
  world: CommandWorld,
  name: string,
  changes: Partial<AgentStatus> = {},
): Promise<AgentStatus> {
  const document = await world.specs.getAgent('local', name)
  if (document?.parsed.ok !== true) throw new Error(`there is no valid spec of ${name}`)
  const { owner } = document.parsed.spec
  const status: AgentStatus = {
    kind: 'agent',
    uid: document.uid,
    observedGeneration: document.generation,
    name,
    owner,
    planeUid: document.ref.planeUid,
    target: 'present',
    phase: 'Ready',
    pinned: { owner, backend: 'process', project: 'demo-agents-plane', region: 'us-east4', zone: 'us-east4-a' },
    accepted: document.parsed.spec,
    steps: {},
    resources: {},
    retained: [],
    conditions: {},
    createdAt: document.createdAt,
    ...changes,
  }
  world.statuses.set(status.uid, status)
  return status
}

/** A plane `local` in which the agent `ada` has come to life. */
export async function worldOfAda(): Promise<CommandWorld> {
  const world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
  await engineWrites(world, 'ada')
  return world
}

/** Puts another agent of the name `ada` where she was, as if she had been removed and somebody had made another. */
export function namesake(world: CommandWorld): void {
  world.clock.ms += 1000
  const createdAt = new Date(world.clock.ms).toISOString()
  world.write(agentPath('local', 'ada'), { owner: 'bob@example.com', createdAt })
}

const unavailable = async (): Promise<never> => Promise.reject(new ProviderError('Unavailable', 'it restarts'))

/** Has every question about an agent fail as in an outage, until what is given back is called. */
export function outage({ documents }: CommandWorld): () => void {
  const working = { ...documents }
  Object.assign(documents, { findAgent: unavailable })
  return () => void Object.assign(documents, working)
}
