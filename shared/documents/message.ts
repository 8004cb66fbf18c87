import { z } from 'zod'
import { Heartbeat } from './heartbeat.ts'
import { Ref } from './ref.ts'

/** Every step there is; each is a Pub/Sub topic `step-{name}`, plane steps share `step-plane`. */
export const StepName = z.enum([
  'identity',
  'secrets',
  'egress',
  'disk',
  'machine',
  'access',
  'channels',
  'runtime',
  'services',
  'grants',
  'network',
])
export type StepName = z.infer<typeof StepName>

/** Asks for one look at one step. It says which, never what. */
export const StepMessage = z.strictObject({ ref: Ref, step: StepName })
export type StepMessage = z.infer<typeof StepMessage>

/** A verified heartbeat on its way to the sweep and, the first time, to `runtime`. */
export const HeartbeatMessage = z.strictObject({ heartbeat: Heartbeat })
export type HeartbeatMessage = z.infer<typeof HeartbeatMessage>
