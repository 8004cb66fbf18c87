import type { AgentSpec } from '../documents/agent.ts'
import type { AgentStatus, Pinned, Target } from '../documents/status.ts'
import type { AgentView } from '../documents/view.ts'
import type { Parsed } from '../documents/parsed.ts'
import type { PlaneSpec } from '../documents/plane.ts'
import { clear, raise } from './conditions.ts'
import { isIn } from './region.ts'
import { retainedUntilMs } from './retention.ts'
import { newStatus } from './new-status.ts'
import { rotationOf } from './zones.ts'

/** A spec that vanished is acted upon only after this long: an import brings statuses and specs in any order. */
export const SPEC_MISSING_GRACE_MS = 300_000

const TARGETS = { running: 'present', stopped: 'parked', removed: 'absent' } as const satisfies Record<
  AgentSpec['desiredState'],
  Target
>

/** What the spec asks for, taken into the status. Undefined when there is neither a spec nor a status. */
export function acceptAgent(view: AgentView, nowMs: number): AgentStatus | undefined {
  const { spec } = view
  const status = view.status?.status ?? firstStatus(view)
  if (status === undefined) return undefined
  if (spec === undefined)
    return view.successor === undefined ? withoutSpec(status, nowMs) : superseded(view, status, nowMs)
  const { parsed } = spec
  const removed = parsed.ok ? parsed.spec.desiredState === 'removed' : parsed.removed
  const purge = parsed.ok ? parsed.spec.purge : parsed.purge
  if (removed) {
    const standing = view.status === undefined ? unremembered(view, status, parsed) : status
    return standing && latchAbsent(standing, view.plane.status?.status.accepted, purge, nowMs)
  }
  if (status.target === 'absent')
    return raise(
      status,
      'SpecRejected',
      'RemovalIsFinal',
      'desiredState: removal cannot be undone; add the agent again',
      nowMs,
    )
  const found = clear(status, 'SpecMissing')
  if (!parsed.ok) return raise(found, 'SpecInvalid', 'SpecInvalid', `${parsed.field} ${parsed.message}`, nowMs)
  return admit(view, found, parsed.spec, nowMs)
}

function firstStatus({ ref, spec }: AgentView): AgentStatus | undefined {
  return spec && { ...newStatus(ref.uid, ref.name, spec.createdAt), kind: 'agent', planeUid: ref.planeUid }
}

/**
 * To be removed, and without a status: it may have had one, and something of it may stand in any of its zones. Undefined
 * while its plane has yet to find out which those are.
 */
function unremembered(view: AgentView, status: AgentStatus, parsed: Parsed<AgentSpec>): AgentStatus | undefined {
  const { spec: planeSpec, status: plane } = view.plane
  const pinned = pin(view, status, parsed.ok ? parsed.spec : { owner: '' })
  if (pinned?.zones !== undefined) return { ...status, pinned }
  return planeSpec === undefined || plane?.status.target === 'absent' ? status : undefined
}

/** Nobody deletes a spec but us, so this is an accident: the agent is locked and stopped, and kept for an admin. */
function withoutSpec(status: AgentStatus, nowMs: number): AgentStatus {
  if (status.target === 'absent') return status
  const text =
    'the spec document is gone; restore it, or ask for removal by writing it again with desiredState "removed"'
  const missing = raise(status, 'SpecMissing', 'SpecMissing', text, nowMs)
  const sinceMs = missing.conditions['SpecMissing']?.sinceMs ?? nowMs
  if (nowMs - sinceMs < SPEC_MISSING_GRACE_MS) return missing
  // Before anything was made there is nothing to keep.
  return status.pinned === undefined ? latchAbsent(missing, undefined, true, nowMs) : { ...missing, target: 'parked' }
}

/** The document was deleted and written again: that is another agent, which waits until this one is gone. */
function superseded({ plane }: AgentView, status: AgentStatus, nowMs: number): AgentStatus {
  if (status.target === 'absent') return status
  const text =
    'the spec was deleted and another agent was added under this name; the disk is kept for the retention period'
  return latchAbsent(
    raise(status, 'Superseded', 'Superseded', text, nowMs),
    plane.status?.status.accepted,
    false,
    nowMs,
  )
}

function latchAbsent(status: AgentStatus, plane: PlaneSpec | undefined, purge: boolean, nowMs: number): AgentStatus {
  const latched: AgentStatus = { ...status, target: 'absent' }
  if (status.pinned === undefined || purge) return { ...latched, purgeAtMs: Math.min(status.purgeAtMs ?? nowMs, nowMs) }
  return { ...latched, purgeAtMs: status.purgeAtMs ?? retainedUntilMs(plane, nowMs) }
}

/** Takes a valid spec over, unless the plane or a pinned value speaks against it. */
function admit(view: AgentView, status: AgentStatus, spec: AgentSpec, nowMs: number): AgentStatus {
  const refusal = refusalOf(view, status, spec)
  if (refusal !== undefined) return raise(status, 'SpecInvalid', refusal.reason, refusal.message, nowMs)
  const pinned = pin(view, status, spec)
  if (pinned === undefined) return status
  const accepted = {
    ...clear(status, 'SpecInvalid'),
    // A status may be older than its plane. What is named after the plane is made from here on only.
    planeUid: status.pinned === undefined ? view.plane.ref.uid : status.planeUid,
    accepted: spec,
    pinned,
    owner: pinned.owner,
    target: TARGETS[spec.desiredState],
  }
  const field = (['owner', 'backend', 'zone'] as const).find(
    (name) => spec[name] !== undefined && spec[name] !== pinned[name],
  )
  if (field === undefined) return clear(accepted, 'SpecRejected')
  const text = `${field} cannot be changed from ${pinned[field]}; add another agent instead`
  return raise(accepted, 'SpecRejected', 'Immutable', text, nowMs)
}

function refusalOf(
  { ref, plane }: AgentView,
  status: AgentStatus,
  spec: AgentSpec,
): { reason: string; message: string } | undefined {
  const planeSpec = plane.status?.status.accepted
  if (status.pinned === undefined) {
    if (plane.spec === undefined && plane.status === undefined)
      return { reason: 'PlaneMissing', message: `plane "${ref.plane}" does not exist; create it first` }
    if (plane.status?.status.target === 'absent')
      return { reason: 'PlaneClosing', message: `plane "${ref.plane}" is closing; add the agent to another plane` }
    if (planeSpec !== undefined && spec.zone !== undefined && !isIn(planeSpec.region, spec.zone))
      return { reason: 'ZoneElsewhere', message: `zone must be in ${planeSpec.region}, the region of its plane` }
  }
  const domain = spec.owner.slice(spec.owner.indexOf('@') + 1)
  const allowed = planeSpec?.allowedDomains ?? []
  if (allowed.length > 0 && !allowed.includes(domain))
    return { reason: 'OwnerNotAllowed', message: `owner must be of ${allowed.join(' or ')}` }
  return undefined
}

/** What a spec says of what is fixed once. */
type Wishes = Pick<AgentSpec, 'owner' | 'backend' | 'zone'>

/**
 * Fixed once; only the zones are filled in later, before anything is made, when the plane has found out which there are.
 * Undefined while the plane itself has not been accepted.
 */
function pin({ ref, plane }: AgentView, { pinned, steps }: AgentStatus, spec: Wishes): Pinned | undefined {
  if (pinned?.zones !== undefined || Object.keys(steps).length > 0) return pinned
  const planeStatus = plane.status?.status
  if (planeStatus?.pinned === undefined || planeStatus.accepted === undefined) return pinned
  const zones = rotationOf(planeStatus, spec.zone, ref.uid)
  const { backend, project, region, zone } = planeStatus.pinned
  const fixed = pinned ?? { owner: spec.owner, backend: spec.backend ?? backend, project, region, zone }
  return zones === undefined ? fixed : { ...fixed, zone: zones[0] ?? zone, zones }
}
