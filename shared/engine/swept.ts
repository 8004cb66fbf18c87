import type { Heartbeat, Lease } from '../documents/heartbeat.ts'
import type { PlaneRef } from '../documents/ref.ts'
import type { PlaneStatus } from '../documents/status.ts'
import type { SpecSeen } from '../lifecycle/attention.ts'
import type { Footprint } from '../lifecycle/footprint.ts'
import type { Lookout } from './lookout.ts'

/** What a sweep knows of one plane before it looks at the agents. */
export type Swept = {
  readonly plane: PlaneRef
  readonly status: PlaneStatus
  readonly listedSinceMs: number
  readonly seen: ReadonlyMap<string, Footprint>
  readonly specs: ReadonlyMap<string, SpecSeen>
  readonly leases: ReadonlyMap<string, Lease>
  readonly heartbeats: ReadonlyMap<string, readonly Heartbeat[]>
  readonly lookout: Lookout
  /** Until when those heartbeats were received: who is late is judged as of then, however long the sweep takes. */
  readonly drainedAtMs: number
}
