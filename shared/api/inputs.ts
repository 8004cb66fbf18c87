import { z } from 'zod'
import { AgentSpec } from '../documents/agent.ts'
import { BackendName, Name, Person, SecretName } from '../documents/fields.ts'
import { PlaneSpec } from '../documents/plane.ts'

/** The most bytes a secret's value may have. https://cloud.google.com/secret-manager/quotas */
export const MAX_SECRET_BYTES = 64 * 1024

const Uid = z.string().regex(/^[a-z2-7]{10}$/, 'must be a uid of 10 characters')
const Flag = z.union([z.boolean(), z.stringbool()])

/** With it, nothing is changed: the answer's `plan` says what would be. */
const DryRun = { dryRun: Flag.default(false) }

export const Nothing = z.strictObject({})
export const OnePlane = z.strictObject({ plane: Name })
export const OneAgent = z.strictObject({ plane: Name, name: Name })
export const ChangePlane = OnePlane.extend(DryRun)
export const ChangeAgent = OneAgent.extend(DryRun)

export const CreatePlane = PlaneSpec.omit({ createdAt: true, desiredState: true, retry: true }).extend({
  ...DryRun,
  name: Name,
  backend: BackendName.optional(),
})

const plane = PlaneSpec.shape

/** Fields that are left out stay; null takes one away. What cannot be changed may be repeated. */
export const UpdatePlane = ChangePlane.extend({
  zones: plane.zones.unwrap().optional(),
  defaults: plane.defaults.unwrap().optional(),
  allowedDomains: plane.allowedDomains.unwrap().optional(),
  retentionDays: plane.retentionDays.unwrap().optional(),
  orphans: plane.orphans.unwrap().optional(),
  budgetUsdPerMonth: plane.budgetUsdPerMonth.nullable(),
  project: plane.project.optional(),
  region: plane.region.optional(),
  backend: BackendName.optional(),
})

/**
 * With `purged`, agents that left nothing behind are listed too. With `brief`, each agent comes with what somebody who looks
 * at all of them should know: steps that are being done or failed, conditions that have a message, no resources, no actions.
 */
export const GetPlane = OnePlane.extend({ purged: Flag.default(false), brief: Flag.default(false) })

export const AddAgent = AgentSpec.omit({
  createdAt: true,
  desiredState: true,
  purge: true,
  restart: true,
  retry: true,
}).extend(ChangeAgent.shape)

const agent = AgentSpec.shape

/** Fields that are left out stay; null takes one away. What cannot be changed may be repeated. */
export const UpdateAgent = ChangeAgent.extend({
  machineType: agent.machineType.nullable(),
  openclawVersion: agent.openclawVersion.nullable(),
  model: agent.model.nullable(),
  channels: agent.channels.unwrap().optional(),
  secrets: agent.secrets.unwrap().optional(),
  openclawHeartbeat: agent.openclawHeartbeat.nullable(),
  thinkingClock: agent.thinkingClock.nullable(),
  egress: agent.egress.nullable(),
  budgetUsdPerMonth: agent.budgetUsdPerMonth.nullable(),
  labels: agent.labels.unwrap().optional(),
  owner: agent.owner.optional(),
  backend: agent.backend,
  zone: agent.zone,
})

/** With `uid`, that very agent, even when the name is another's by now. */
export const GetAgent = OneAgent.extend({ uid: Uid.optional() })

/** With `purge`, its disk is deleted at once too. With `uid`, that very agent, and none that has its name by now. */
export const RemoveAgent = ChangeAgent.extend({ purge: Flag.default(false), uid: Uid.optional() })

const Value = z
  .string()
  .min(1, 'is empty')
  .refine((text) => new TextEncoder().encode(text).length <= MAX_SECRET_BYTES, `is over ${MAX_SECRET_BYTES} bytes`)

export const SetSecret = ChangeAgent.extend({
  key: SecretName,
  /** Left out where values go to their vault without the plane: the answer then says how. */
  value: Value.optional(),
  /** Makes this secret the API key of this model, and the model the agent's. */
  model: agent.model.unwrap().omit({ apiKeySecret: true }).optional(),
})

const Limit = z.coerce.number<number | string>().int().min(1).max(1000)

export const ReadLogs = OneAgent.extend({
  /** Where the last answer ended. */
  cursor: z
    .string()
    .regex(/^\d{1,16}\.\d{1,6}$/, 'must be a cursor of an earlier answer')
    .optional(),
  /** Without a cursor: how far back to begin. */
  sinceMs: z.coerce.number<number | string>().int().positive().max(Number.MAX_SAFE_INTEGER).default(3_600_000),
  limit: Limit.default(500),
  /** Without a cursor: the last `limit` lines since then, instead of the first. */
  newest: Flag.default(false),
})

export const PutMember = ChangePlane.extend({ email: Person, role: z.enum(['admin', 'viewer']) })
export const RemoveMember = ChangePlane.extend({ email: Person })

/** The one-time code that `/planes link` gave. */
export const LinkSlack = z.strictObject({
  ...DryRun,
  code: z.string().regex(/^[0-9a-f]{64}$/, 'must be the code that /planes link gave'),
})

export const ReadAudit = OnePlane.extend({
  /** Only what was done to this agent. */
  agent: Name.optional(),
  /** The id of the last entry of an earlier answer: what is older follows. */
  before: z
    .string()
    .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'must be the id of an entry')
    .optional(),
  limit: Limit.default(50),
})
