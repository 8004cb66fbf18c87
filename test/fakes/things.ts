import type { ResourceLabels } from '../../shared/documents/labels.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { Machine, MachineWanted } from '../../shared/ports/backend.ts'

// What stands in the memory cloud.

/** The number of every project of the memory cloud. */
export const PROJECT_NUMBER = '4711'

export type FakeAccount = {
  readonly id: string
  readonly uid: string
  readonly place: Place
  disabled: boolean
  attachable: boolean
  readonly madeMs: number
  readonly ours: boolean
}
export type FakeSecret = {
  readonly uid: string
  readonly key: string
  readonly madeMs: number
  reader: string
  writer: string
  hasValue: boolean
  readonly ours: boolean
  /** Somebody had it forget destroyed values at once. */
  forgetful?: boolean
  labels: ResourceLabels
}
export type FakeDisk = {
  readonly id: string
  readonly uid: string
  readonly zone: string
  readonly madeMs: number
  readonly ours: boolean
  used: boolean
  /** Somebody took the plane's schedule off it. */
  unscheduled?: boolean
  labels: ResourceLabels
}
export type FakeNetwork = { readonly id: string; readonly parts: Set<string> }
export type FakeMachine = {
  readonly id: string
  readonly uid: string
  readonly place: Place
  readonly madeMs: number
  readonly ours: boolean
  wanted: MachineWanted
  /** Somebody labelled what it boots from. */
  bootLabels?: ResourceLabels
  applied: string
  state: Machine['state']
  detail?: string
  startedAtMs: number
  beat: boolean
}

/** What a zonal thing is kept under. */
export const inZone = ({ zone }: Pick<Place, 'zone'>, name: string): string => `${zone}/${name}`
