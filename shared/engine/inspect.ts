import type { Lease } from '../documents/heartbeat.ts'
import type { AgentRef } from '../documents/ref.ts'
import type { AgentStatus, Status } from '../documents/status.ts'
import { aliveOf, channelsOf, isUpAfterAll, newestOf } from '../lifecycle/alive.ts'
import { drifted } from '../lifecycle/attempt.ts'
import { needsPass } from '../lifecycle/attention.ts'
import { setCondition } from '../lifecycle/conditions.ts'
import { driftOf, NOTHING } from '../lifecycle/footprint.ts'
import type { Drift } from '../lifecycle/footprint.ts'
import { stepOf } from '../lifecycle/verdict.ts'
import type { Ports } from '../ports/ports.ts'
import { reconcile } from './reconcile.ts'
import type { Swept } from './swept.ts'
import { write } from './write.ts'

/**
 * The sweep's look at one agent: compares the listing and the heartbeats with the status, writes transitions only, and
 * asks for a pass when there may be work. Answers the lease to book, if a newer heartbeat came.
 */
export async function inspect(status: AgentStatus, swept: Swept, ports: Ports): Promise<Lease | undefined> {
  const { plane, leases, heartbeats, specs, listedSinceMs, drainedAtMs } = swept
  const nowMs = ports.clock.nowMs()
  const ref: AgentRef = {
    kind: 'agent',
    plane: plane.plane,
    planeUid: status.planeUid,
    name: status.name,
    uid: status.uid,
  }
  const booked = leases.get(status.uid)
  const newest = newestOf(status, heartbeats.get(status.uid) ?? [], booked, swept.status)
  const lease = newest ?? booked
  // What was made for a former plane of this name is in that one's listing, not in this one's.
  const isListed = status.planeUid === plane.uid
  const looked = await swept.lookout.look(status)
  const listed = isListed ? driftOf(status, swept.seen.get(status.uid) ?? NOTHING, listedSinceMs) : []
  const drift = [...listed, ...looked.drift]
  const observe = (current: Status): Status => {
    const told = Object.entries(looked.conditions).reduce<Status>(
      (before, [name, condition]) => setCondition(before, name, condition, nowMs),
      current,
    )
    return observed(told, status, drift, lease, drainedAtMs)
  }
  const changed = observe(status) !== status
  if (changed) await write(ref, ports, (decision) => observe(decision.status))
  if (changed || needsPass(status, specs.get(status.name), swept.status.acceptedGeneration, nowMs))
    await reconcile(ref, ports)
  return newest
}

/** The status as the evidence has it. Evidence about a step that has moved on since is out of date. */
function observed(
  current: Status,
  inspected: AgentStatus,
  drift: readonly Drift[],
  lease: Lease | undefined,
  nowMs: number,
): Status {
  if (current.kind !== 'agent') return current
  const still = drift.filter(
    ({ step }) => stepOf(current, step).state === stepOf(inspected, step).state && sameSince(current, inspected, step),
  )
  const late = isUpAfterAll(current, lease)
    ? [{ step: 'runtime', message: 'the machine reports after all' } as const]
    : []
  const repaired = [...still, ...late].reduce<Status>(
    (status, { step, message }) => drifted(status, step, message),
    current,
  )
  const alive = aliveOf(current, lease, nowMs)
  const told = alive === undefined ? repaired : setCondition(repaired, 'Alive', alive, nowMs)
  const channels = channelsOf(current, lease)
  return channels === undefined ? told : setCondition(told, 'ChannelsReady', channels, nowMs)
}

const sameSince = (current: AgentStatus, inspected: AgentStatus, step: Drift['step']): boolean =>
  stepOf(current, step).sinceMs === stepOf(inspected, step).sinceMs
