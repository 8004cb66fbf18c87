import type { Place } from '../documents/names.ts'
import type { MachineConfiguration, MachineShape } from '../ports/backend.ts'
import type { Labelled } from './context.ts'
import type { ProcessKey } from './members.ts'

/** A machine as it is kept. */
export type MachineRecord = Labelled & {
  readonly id: string
  readonly name: string
  readonly place: Place
  readonly startedAtMs: number
  readonly shape: MachineShape
  readonly configuration: MachineConfiguration
  readonly restart: number
  readonly port: number
  /** Its supervisor, once it was started. */
  readonly process?: ProcessKey
}

/** What a machine's supervisor writes about itself, for whoever looks from outside. */
export type MachineStateRecord = {
  readonly machineId: string
  readonly phase: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
  /** What it is doing, or why it ended, for a person. */
  readonly detail?: string
}
