import { z } from 'zod'
import { Heartbeat } from './heartbeat.ts'
import { Ref } from './ref.ts'

/** The steps of an agent; each is a Pub/Sub topic `step-{name}`. */
const AgentStep = z.enum(['identity', 'secrets', 'egress', 'disk', 'machine', 'access', 'channels', 'runtime'])
export type AgentStep = z.infer<typeof AgentStep>

/** The steps of a plane; they share the topic `step-plane`. */
const PlaneStep = z.enum(['services', 'grants', 'network'])
export type PlaneStep = z.infer<typeof PlaneStep>

/** Every step there is. */
export const StepName = z.enum([...AgentStep.options, ...PlaneStep.options])
export type StepName = z.infer<typeof StepName>

/** Asks for one look at one step. It says which, never what. */
export const StepMessage = z.strictObject({ ref: Ref, step: StepName })
export type StepMessage = z.infer<typeof StepMessage>

/** A verified heartbeat on its way to the sweep and, the first time, to `runtime`. */
export const HeartbeatMessage = z.strictObject({ heartbeat: Heartbeat })
export type HeartbeatMessage = z.infer<typeof HeartbeatMessage>
