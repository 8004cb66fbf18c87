import { z } from 'zod'
import { BackendName, Moment } from './fields.ts'
import { AgentSpec } from './agent.ts'
import { PlaneSpec } from './plane.ts'

/** What is wanted of everything an agent has. `absent` is latched: it never goes back. */
export const Target = z.enum(['present', 'parked', 'absent'])
export type Target = z.infer<typeof Target>

/**
 * Where a step stands. `held` is halfway through removal: the account is disabled, the disk is kept; `gone` is proven.
 */
const StepState = z.enum(['idle', 'doing', 'ready', 'waiting', 'failed', 'held', 'gone'])

/** One step's record. Times are milliseconds since 1970. */
export const StepStatus = z.strictObject({
  state: StepState,
  /** Hash of what was asked when this state was reached. */
  want: z.string().optional(),
  /** The attempt that holds the lease, and until when it may act. */
  op: z.string().optional(),
  untilMs: z.number().optional(),
  attempt: z.int().default(0),
  reason: z.string().optional(),
  message: z.string().optional(),
  /** When the present effort began, which deadlines count from; once it is over, when that was. */
  sinceMs: z.number().optional(),
  notBeforeMs: z.number().optional(),
  /** How long the effort took that ended in `ready`, `held` or `gone`. */
  tookMs: z.number().optional(),
  /** The spec's `retry` counter when the effort began. */
  retry: z.int().optional(),
})
export type StepStatus = z.infer<typeof StepStatus>

/** Something a person should know. `Unknown` means the evidence is missing or stale. */
export const Condition = z.strictObject({
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string().optional(),
  sinceMs: z.number(),
})
export type Condition = z.infer<typeof Condition>

export const Phase = z.enum([
  'Pending',
  'Provisioning',
  'Ready',
  'Degraded',
  'Stopped',
  'Removing',
  'Removed',
  'Purged',
  'Failed',
  'Unknown',
])
export type Phase = z.infer<typeof Phase>

/** What a step left behind in the world: ids by which it can be told from anything else. */
const Resource = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
export type Resource = z.infer<typeof Resource>

/** What removal keeps until `purgeAtMs`. */
const Retained = z.strictObject({ kind: z.string(), name: z.string(), id: z.string(), zone: z.string() })
export type Retained = z.infer<typeof Retained>

const common = {
  uid: z.string(),
  name: z.string(),
  target: Target,
  observedGeneration: z.string().optional(),
  phase: Phase,
  steps: z.record(z.string(), StepStatus),
  resources: z.record(z.string(), Resource),
  retained: z.array(Retained),
  conditions: z.record(z.string(), Condition),
  purgeAtMs: z.number().optional(),
  createdAt: Moment,
}

/** What is fixed at the first intent. Locations come from here, never from the spec; only an empty agent may change zone. */
const Pinned = z.strictObject({
  owner: z.string(),
  backend: BackendName,
  project: z.string(),
  region: z.string(),
  zone: z.string(),
  /** Every zone it may be in, the first choice first. Absent until the plane knows its region's. */
  zones: z.array(z.string()).optional(),
  /** Zones it moved out of for want of room: something of it may still stand there. */
  left: z.array(z.string()).optional(),
})
export type Pinned = z.infer<typeof Pinned>

/** What was observed of one agent. Document `planes/{plane}/agentStatus/{uid}`; written by functions only. */
export const AgentStatus = z.strictObject({
  ...common,
  kind: z.literal('agent'),
  owner: z.string().optional(),
  planeUid: z.string(),
  /** The plane spec's generation that this agent was last made equal to. */
  observedPlane: z.string().optional(),
  pinned: Pinned.optional(),
  accepted: AgentSpec.optional(),
})
export type AgentStatus = z.infer<typeof AgentStatus>

/** What was observed of one plane. Document `planeStatus/{planeUid}`. `target: absent` is closing, and irreversible. */
export const PlaneStatus = z.strictObject({
  ...common,
  kind: z.literal('plane'),
  pinned: Pinned.omit({ owner: true, zones: true, left: true }).optional(),
  accepted: PlaneSpec.optional(),
  /** The spec's generation that `accepted` was taken from. */
  acceptedGeneration: z.string().optional(),
})
export type PlaneStatus = z.infer<typeof PlaneStatus>

export type Status = AgentStatus | PlaneStatus
