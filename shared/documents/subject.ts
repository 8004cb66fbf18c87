import type { AgentSpec } from './agent.ts'
import type { BackendName } from './fields.ts'
import type { PlanePlace, Place } from './names.ts'
import type { PlaneSpec } from './plane.ts'
import type { AgentStatus, PlaneStatus, Resource } from './status.ts'

/** An agent spec with its plane's defaults filled in. */
export type EffectiveSpec = AgentSpec & {
  readonly machineType: string
  readonly openclawVersion: string
  readonly egress: NonNullable<AgentSpec['egress']>
}

/** What an agent gets when neither its spec nor its plane says otherwise. */
export const DEFAULTS = {
  machineType: 'e2-medium',
  openclawVersion: '2026.9.6',
  egress: { mode: 'open', domains: [] },
} as const satisfies {
  machineType: string
  openclawVersion: string
  egress: { mode: string; domains: readonly string[] }
}

/** What a step of an agent works from. Names and places come from pinned values, never from the spec. */
export type AgentSubject = {
  readonly kind: 'agent'
  readonly backend: BackendName
  readonly place: Place
  /** The same in zones where something of it may stand as well. */
  readonly formerPlaces: readonly Place[]
  readonly plane: string
  readonly name: string
  readonly owner: string
  readonly parked: boolean
  /** Absent for an agent that is only being taken away. */
  readonly spec: EffectiveSpec | undefined
  readonly resources: Readonly<Record<string, Resource>>
}

/** Where a plane's agents are, and the machine type that they get unless they ask for another. */
export type AgentsPlace = PlanePlace & { readonly machineType: string }

/** What a step of a plane works from. */
export type PlaneSubject = {
  readonly kind: 'plane'
  readonly backend: BackendName
  readonly place: AgentsPlace
  readonly plane: string
  readonly spec: PlaneSpec | undefined
  readonly resources: Readonly<Record<string, Resource>>
}

export type Subject = AgentSubject | PlaneSubject

const filled = new WeakMap<AgentSpec, { readonly plane: PlaneSpec | undefined; readonly spec: EffectiveSpec }>()

/** Fills in a plane's defaults. The same documents give the same object: what is derived from it can be kept by it. */
export function effective(spec: AgentSpec, plane: PlaneSpec | undefined): EffectiveSpec {
  const known = filled.get(spec)
  if (known !== undefined && known.plane === plane) return known.spec
  const { machineType, openclawVersion, egress } = plane?.defaults ?? {}
  const result = {
    ...spec,
    machineType: spec.machineType ?? machineType ?? DEFAULTS.machineType,
    openclawVersion: spec.openclawVersion ?? openclawVersion ?? DEFAULTS.openclawVersion,
    egress: spec.egress ?? egress ?? { mode: DEFAULTS.egress.mode, domains: [] },
  }
  filled.set(spec, { plane, spec: result })
  return result
}

/** The subject of an agent's steps; undefined until it has been pinned. */
export function agentSubject(
  plane: string,
  status: AgentStatus,
  planeSpec: PlaneSpec | undefined,
): AgentSubject | undefined {
  const { pinned, accepted } = status
  if (pinned === undefined) return undefined
  const { backend, owner, project, region, zone, zones, left = [] } = pinned
  // Its status may be a new one: until a disk is on record, it may have been in any of its zones before.
  const isRecorded = zones === undefined || status.resources['disk'] !== undefined
  const former = isRecorded ? left : zones.filter((other) => other !== zone)
  const place = { project, region, zone, planeUid: status.planeUid, uid: status.uid }
  return {
    kind: 'agent',
    backend,
    place,
    formerPlaces: former.map((other) => ({ ...place, zone: other })),
    plane,
    name: status.name,
    owner,
    parked: status.target === 'parked',
    spec: accepted && effective(accepted, planeSpec),
    resources: status.resources,
  }
}

/** The subject of a plane's steps; undefined until it has been pinned. */
export function planeSubject(status: PlaneStatus): PlaneSubject | undefined {
  const { pinned, accepted } = status
  if (pinned === undefined) return undefined
  const { backend, project, region } = pinned
  const machineType = accepted?.defaults?.machineType ?? DEFAULTS.machineType
  const place = { project, region, planeUid: status.uid, machineType }
  return { kind: 'plane', backend, place, plane: status.name, spec: accepted, resources: status.resources }
}
