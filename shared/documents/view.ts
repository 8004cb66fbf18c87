import type { AgentSpec } from './agent.ts'
import type { Parsed } from './parsed.ts'
import type { PlaneSpec } from './plane.ts'
import type { AgentRef, PlaneRef } from './ref.ts'
import type { AgentStatus, PlaneStatus, Status } from './status.ts'

/** A spec as it stands in the store. `generation` is its update time in microseconds; compared for equality only. */
export type SpecDocument<S> = {
  readonly uid: string
  readonly generation: string
  readonly createdAt: string
  readonly parsed: Parsed<S>
}

/** A status as it stands in the store. `version` goes back with a write, which fails when it is no longer the newest. */
export type StatusDocument<S extends Status> = { readonly version: string; readonly status: S }

/** All that a decision about a plane is made from. */
export type PlaneView = {
  readonly ref: PlaneRef
  readonly spec?: SpecDocument<PlaneSpec> | undefined
  readonly status?: StatusDocument<PlaneStatus> | undefined
  /** Whether an agent that is not Purged is left. Asked only while a plane is closing; absent means "not asked". */
  readonly agentsLeft?: boolean
}

/** All that a decision about an agent is made from. `spec` is there only when its uid is the one asked for. */
export type AgentView = {
  readonly ref: AgentRef
  readonly plane: PlaneView
  readonly spec?: SpecDocument<AgentSpec> | undefined
  readonly status?: StatusDocument<AgentStatus> | undefined
  /** The uid of the agent that the spec of this name belongs to, when that is another one. */
  readonly successor?: string | undefined
}

export type View = PlaneView | AgentView
