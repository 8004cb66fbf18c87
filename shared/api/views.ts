import { z } from 'zod'
import { BackendName } from '../documents/fields.ts'
import { Phase } from '../documents/status.ts'

// Answers are read leniently: a client that is older than the API skips what it does not know.

const StepView = z.object({
  name: z.string(),
  state: z.enum(['idle', 'doing', 'ready', 'waiting', 'failed', 'held', 'gone']),
  attempt: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
  /** When the present effort began, or, once it is over, when that was. */
  since: z.string().optional(),
  /** How long it has been going on, or took. */
  durationMs: z.number().optional(),
})
export type StepView = z.infer<typeof StepView>

const ConditionView = z.object({
  name: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string().optional(),
  since: z.string(),
})

/** Which model answers. A demo model says so, and how to get a real one. */
const ModelView = z.object({ name: z.string(), demo: z.boolean(), hint: z.string().optional() })
export type ModelView = z.infer<typeof ModelView>

/** Something that exists in the world for an agent, or for all agents of a plane. */
const ResourceView = z.object({
  kind: z.string(),
  name: z.string(),
  id: z.string().optional(),
  zone: z.string().optional(),
})
export type ResourceView = z.infer<typeof ResourceView>

/**
 * An estimate by list prices: what there is so far this month, a month in the present state, and what an hour of running
 * adds. `missing` says of what the price is not known; then there is none.
 */
const CostView = z.object({
  usdPerMonth: z.number().optional(),
  usdPerHourRunning: z.number().optional(),
  missing: z.string().optional(),
  /** What it has come to since the month began in UTC or since it was made, whichever is later, and what that assumes. */
  soFar: z.object({ usd: z.number(), since: z.string(), assumption: z.string() }).optional(),
  asOf: z.string(),
})
export type CostView = z.infer<typeof CostView>

/** One agent, as everybody who may look at it sees it. Times are ISO 8601, durations milliseconds. */
export const AgentView = z.object({
  plane: z.string(),
  name: z.string(),
  uid: z.string(),
  owner: z.string().optional(),
  phase: Phase,
  desiredState: z.enum(['running', 'stopped', 'removed']),
  /** Whether all that the spec asks for today has been acted upon: the phase is of an older wish while it is false. */
  observed: z.boolean().optional(),
  /** Why the spec is not valid, when it is not. */
  invalid: z.string().optional(),
  backend: BackendName.optional(),
  machineType: z.string().optional(),
  machineId: z.string().optional(),
  cost: CostView.optional(),
  gatewayUrl: z.string().optional(),
  model: ModelView.optional(),
  steps: z.array(StepView),
  conditions: z.array(ConditionView),
  resources: z.array(ResourceView).default([]),
  heartbeat: z.object({ at: z.string(), ageMs: z.number(), ready: z.boolean() }).optional(),
  createdAt: z.string(),
  purgeAt: z.string().optional(),
  /** What may be done now. */
  actions: z.array(z.string()),
})
export type AgentView = z.infer<typeof AgentView>

/** One plane. */
export const PlaneView = z.object({
  name: z.string(),
  uid: z.string(),
  phase: Phase,
  desiredState: z.enum(['running', 'removed']),
  observed: z.boolean().optional(),
  invalid: z.string().optional(),
  project: z.string().optional(),
  region: z.string().optional(),
  backend: BackendName.optional(),
  /** How many more agents the project had room for when it was last measured. */
  agentsThatFit: z.number().optional(),
  steps: z.array(StepView),
  conditions: z.array(ConditionView),
  resources: z.array(ResourceView).default([]),
  createdAt: z.string(),
  /** What its admins may do now. */
  actions: z.array(z.string()).default([]),
})
export type PlaneView = z.infer<typeof PlaneView>

/** What a change would come to: changed fields, and the steps that it would have done, in their order. */
export const PlanView = z.object({
  before: z.record(z.string(), z.unknown()),
  after: z.record(z.string(), z.unknown()),
  steps: z.array(z.object({ name: z.string(), does: z.enum(['apply', 'hold', 'remove']) })),
})
export type PlanView = z.infer<typeof PlanView>

/** A person with a role in a plane. */
export const MemberView = z.object({ email: z.string(), role: z.enum(['admin', 'viewer']), createdAt: z.string() })
export type MemberView = z.infer<typeof MemberView>

/** Who did what, when, from where. */
export const AuditView = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  surface: z.string(),
  action: z.string(),
  agent: z.string().optional(),
  member: z.string().optional(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  requestId: z.string(),
})
export type AuditView = z.infer<typeof AuditView>

/** One line of an agent's log. */
export const LogLineView = z.object({
  at: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  text: z.string(),
})
export type LogLineView = z.infer<typeof LogLineView>
