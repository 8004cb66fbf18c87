import type { AgentStatus, PlaneStatus } from '../documents/status.ts'
import { LEASE_GRACE_MS, LEASE_MS } from './definition.ts'
import { newStatus } from './new-status.ts'
import { retainedUntilMs } from './retention.ts'

/** An orphan is believed only when its parts are older than two leases: whoever made them has had time to say so. */
const ORPHAN_AGE_MS = 2 * (LEASE_MS + LEASE_GRACE_MS)

/** At most so many unknown things are removed by one sweep: a mistake of ours must not empty a project. */
export const ORPHANS_PER_SWEEP = 5

/** What a sweep makes of things that belong to no status. */
export type OrphanVerdict = { readonly remove: readonly string[]; readonly remember: Readonly<Record<string, number>> }

/**
 * Orphans are removed when they were seen by an earlier sweep already and are old enough; until then they are remembered.
 * @param unknown uid to when its newest part was made, in milliseconds
 */
export function orphansOf(
  unknown: ReadonlyMap<string, number>,
  remembered: Readonly<Record<string, number>>,
  nowMs: number,
): OrphanVerdict {
  const old = [...unknown]
    .filter(([uid, newestMs]) => uid in remembered && nowMs - newestMs > ORPHAN_AGE_MS)
    .map(([uid]) => uid)
  const remove = old.toSorted().slice(0, ORPHANS_PER_SWEEP)
  const left = [...unknown.keys()].filter((uid) => !remove.includes(uid))
  return { remove, remember: Object.fromEntries(left.map((uid) => [uid, remembered[uid] ?? nowMs])) }
}

/** The status by which an orphan is taken away like any other agent. */
export function orphanStatus(
  plane: PlaneStatus,
  uid: string,
  zones: readonly string[],
  createdAt: string,
  nowMs: number,
): AgentStatus | undefined {
  if (plane.pinned === undefined) return undefined
  const { backend, project, region } = plane.pinned
  const [zone = plane.pinned.zone, ...left] = zones
  return {
    ...newStatus(uid, `orphan-${uid}`, createdAt),
    kind: 'agent',
    planeUid: plane.uid,
    target: 'absent',
    phase: 'Removing',
    pinned: { owner: '', backend, project, region, zone, left },
    conditions: { Orphan: { status: 'True', reason: 'NoStatus', message: 'found without a status', sinceMs: nowMs } },
    purgeAtMs: retainedUntilMs(plane.accepted, nowMs),
  }
}
