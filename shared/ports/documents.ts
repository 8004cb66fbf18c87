import type { AgentRef, PlaneRef, Ref } from '../documents/ref.ts'
import type { Lease } from '../documents/heartbeat.ts'
import type { AgentStatus, Status } from '../documents/status.ts'
import type { AgentView, PlaneView, StatusDocument } from '../documents/view.ts'

export type { AgentView, PlaneView, SpecDocument, StatusDocument } from '../documents/view.ts'

/** Changed fields of a status by dotted path; `undefined` removes one. */
export type Changes = Readonly<Record<string, unknown>>

/** A status as the sweep lists it. */
export type Listed = StatusDocument<AgentStatus>

/** The documents. Statuses change by compare-and-set only. */
export type Documents = {
  /** Which plane and agent a name means now; undefined when there is no such spec. */
  findPlane(plane: string): Promise<PlaneRef | undefined>
  findAgent(plane: string, name: string): Promise<AgentRef | undefined>
  /** An agent by its uid alone, from its status. */
  findAgentByUid(uid: string): Promise<AgentRef | undefined>

  /**
   * Reads status and spec at one moment, so that a spec is never older than the status it is compared with.
   * A closing plane's view also says whether an agent that is not Purged is left, asked after its status was read.
   */
  viewPlane(ref: PlaneRef): Promise<PlaneView>
  viewAgent(ref: AgentRef): Promise<AgentView>

  /**
   * Creates a status. False when it exists already, or when it would admit an agent (`accepted`, target not `absent`)
   * whose spec is gone, or to a plane whose status is missing or closing; both are read in the same transaction.
   */
  createStatus(ref: Ref, status: Status): Promise<boolean>
  /** Writes changed fields if the status is still at `version`. The new version, or undefined when somebody was faster. */
  updateStatus(ref: Ref, version: string, changes: Changes): Promise<string | undefined>
  /** Deletes a spec if it is still at `generation`; succeeds on the absent. */
  deleteSpec(ref: Ref, generation: string): Promise<void>

  /** Whether another agent of this name is still being removed: its uid. */
  findPredecessor(ref: AgentRef): Promise<string | undefined>
  /** Statuses of a plane that are not Purged, in pages. */
  listStatuses(plane: string): AsyncIterable<readonly Listed[]>
  /** Every agent spec of a plane, without its content. */
  listSpecs(
    plane: string,
  ): AsyncIterable<readonly { readonly ref: Omit<AgentRef, 'planeUid'>; readonly generation: string }[]>
  /** Every plane that has a spec or an unpurged status. */
  listPlanes(): Promise<readonly PlaneRef[]>

  /** Last heartbeats of a plane's agents, by uid. */
  readLeases(plane: string): Promise<ReadonlyMap<string, Lease>>
  readLease(ref: AgentRef): Promise<Lease | undefined>
  /** Writes many leases at once; one write per shard. `undefined` removes one. */
  writeLeases(plane: string, leases: ReadonlyMap<string, Lease | undefined>): Promise<void>
  /** Orphans seen by earlier sweeps of a plane: uid to the time first seen, in milliseconds. */
  readOrphans(plane: string): Promise<Readonly<Record<string, number>>>
  writeOrphans(plane: string, orphans: Readonly<Record<string, number>>): Promise<void>
}
