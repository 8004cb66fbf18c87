import { z } from 'zod'
import { AgentSpec } from '../documents/agent.ts'
import { BackendName, Name, SecretName } from '../documents/fields.ts'
import { PlaneSpec } from '../documents/plane.ts'
import { AgentView, LogLineView, PlaneView } from './views.ts'

/** One call: where it goes, what it takes and what it gives. Input named in `path` travels there, the rest as query or JSON. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: `/v1/${string}`
  readonly input: z.ZodObject
  readonly output: z.ZodType
}

/** The most bytes a secret's value may have. https://cloud.google.com/secret-manager/quotas */
export const MAX_SECRET_BYTES = 64 * 1024

const Uid = z.string().regex(/^[a-z2-7]{10}$/, 'must be a uid of 10 characters')
const Flag = z.union([z.boolean(), z.stringbool()])
const OneAgent = z.strictObject({ plane: Name, name: Name })

const CreatePlane = PlaneSpec.omit({ createdAt: true, desiredState: true, retry: true }).extend({
  name: Name,
  backend: BackendName.optional(),
})

const AddAgent = AgentSpec.omit({
  createdAt: true,
  desiredState: true,
  purge: true,
  restart: true,
  retry: true,
}).extend(OneAgent.shape)

const Value = z
  .string()
  .min(1, 'is empty')
  .refine((text) => new TextEncoder().encode(text).length <= MAX_SECRET_BYTES, `is over ${MAX_SECRET_BYTES} bytes`)

const SetSecret = OneAgent.extend({
  key: SecretName,
  /** Left out where values go to their vault without the plane: the answer then says how. */
  value: Value.optional(),
  /** Makes this secret the API key of this model, and the model the agent's. */
  model: AgentSpec.shape.model.unwrap().omit({ apiKeySecret: true }).optional(),
})

const ReadLogs = OneAgent.extend({
  /** Where the last answer ended. */
  cursor: z
    .string()
    .regex(/^\d{1,16}\.\d{1,6}$/, 'must be a cursor of an earlier answer')
    .optional(),
  /** Without a cursor: how far back to begin. */
  sinceMs: z.coerce.number<number | string>().int().positive().max(Number.MAX_SAFE_INTEGER).default(3_600_000),
  limit: z.coerce.number<number | string>().int().min(1).max(1000).default(500),
})

const changedPlane = z.object({ plane: PlaneView, upToDate: z.boolean() })
const changedAgent = z.object({ agent: AgentView, upToDate: z.boolean() })

/** Every call of the API. The router serves this table and the client is made from it. */
export const routes = {
  createPlane: { method: 'POST', path: '/v1/planes', input: CreatePlane, output: changedPlane },
  listPlanes: {
    method: 'GET',
    path: '/v1/planes',
    input: z.strictObject({}),
    output: z.object({ planes: z.array(PlaneView) }),
  },
  getPlane: {
    method: 'GET',
    path: '/v1/planes/{plane}',
    /** With `purged`, agents that left nothing behind are listed too. */
    input: z.strictObject({ plane: Name, purged: Flag.default(false) }),
    output: z.object({ plane: PlaneView, agents: z.array(AgentView) }),
  },
  addAgent: { method: 'POST', path: '/v1/planes/{plane}/agents', input: AddAgent, output: changedAgent },
  getAgent: {
    method: 'GET',
    path: '/v1/planes/{plane}/agents/{name}',
    /** With `uid`, that very agent, even when the name is another's by now. */
    input: OneAgent.extend({ uid: Uid.optional() }),
    output: z.object({ agent: AgentView }),
  },
  removeAgent: {
    method: 'DELETE',
    path: '/v1/planes/{plane}/agents/{name}',
    input: OneAgent.extend({ purge: Flag.default(false) }),
    output: changedAgent,
  },
  retryPlane: {
    method: 'POST',
    path: '/v1/planes/{plane}/retry',
    input: z.strictObject({ plane: Name }),
    output: changedPlane,
  },
  retryAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/retry',
    input: OneAgent,
    output: changedAgent,
  },
  readLogs: {
    method: 'GET',
    path: '/v1/planes/{plane}/agents/{name}/logs',
    input: ReadLogs,
    output: z.object({ lines: z.array(LogLineView), cursor: z.string() }),
  },
  setSecret: {
    method: 'PUT',
    path: '/v1/planes/{plane}/agents/{name}/secrets/{key}',
    input: SetSecret,
    /** With `command`, the owner sets the value by running it, with the value on standard input. */
    output: z.object({ agent: AgentView, command: z.string().optional() }),
  },
  openAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/access',
    input: OneAgent,
    /** `commands` are run first, by the owner: the way to the agent, then what prints the token. */
    output: z.object({ url: z.string(), token: z.string().optional(), commands: z.array(z.string()).optional() }),
  },
} as const satisfies Readonly<Record<string, Route>>

export type Routes = typeof routes
export type RouteName = keyof Routes

/** What a call takes: as a caller writes it, and as the command reads it. */
export type Call<K extends RouteName> = z.input<Routes[K]['input']>
export type Input<K extends RouteName> = z.output<Routes[K]['input']>
export type Output<K extends RouteName> = z.output<Routes[K]['output']>
