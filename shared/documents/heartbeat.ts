import { z } from 'zod'

/** How each configured channel stands, by kind. */
const ChannelStates = z.record(z.string().max(32), z.enum(['connected', 'disconnected', 'unpaired', 'unconfigured']))
export type ChannelStates = z.infer<typeof ChannelStates>

/** What a machine says about itself once a minute. It carries no identity: that is the token's. */
export const HeartbeatBody = z.strictObject({
  /** The configuration the machine runs, as its own hash. */
  appliedGeneration: z.string().max(64),
  /** The gateway answers `/readyz`. */
  ready: z.boolean(),
  /** What `/readyz` names as failing, e.g. a channel. */
  failing: z.array(z.string().max(64)).max(20),
  openclawVersion: z.string().max(32).optional(),
  uptimeMs: z.number().min(0).optional(),
  channels: ChannelStates.optional(),
  /** True for the first one of a boot or of a new generation: it also wakes `runtime`. */
  first: z.boolean(),
})
export type HeartbeatBody = z.infer<typeof HeartbeatBody>

/** Who sent a heartbeat: the verified claims of the machine's identity token. */
export const HeartbeatClaims = z.strictObject({
  sub: z.string(),
  email: z.string(),
  instanceId: z.string(),
  zone: z.string(),
  projectId: z.string(),
  projectNumber: z.string(),
  iatS: z.number(),
})
export type HeartbeatClaims = z.infer<typeof HeartbeatClaims>

/** A heartbeat after `heartbeat` verified its token. Freshness is the server's time. */
export const Heartbeat = z.strictObject({ claims: HeartbeatClaims, body: HeartbeatBody, receivedAtMs: z.number() })
export type Heartbeat = z.infer<typeof Heartbeat>

/** What is known of one machine's last heartbeat, beside the identity it had. */
export const Lease = z.strictObject({
  instanceId: z.string(),
  sub: z.string(),
  iatS: z.number(),
  seenAtMs: z.number(),
  ready: z.boolean(),
  failing: z.array(z.string()),
  appliedGeneration: z.string(),
  channels: ChannelStates.optional(),
})
export type Lease = z.infer<typeof Lease>
