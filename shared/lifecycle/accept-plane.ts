import type { PlaneStatus } from '../documents/status.ts'
import type { PlaneView } from '../documents/view.ts'
import { clear, raise } from './conditions.ts'
import { isIn } from './region.ts'
import { newStatus } from './new-status.ts'

/** What a plane's spec asks for, taken into its status. Closing is latched. */
export function acceptPlane(view: PlaneView, nowMs: number): PlaneStatus | undefined {
  const { spec } = view
  const status = view.status?.status ?? firstStatus(view)
  if (status === undefined || status.target === 'absent') return status
  if (spec === undefined)
    return raise(status, 'SpecMissing', 'SpecMissing', 'the plane document is gone; restore it', nowMs)
  const { parsed } = spec
  const removed = parsed.ok ? parsed.spec.desiredState === 'removed' : parsed.removed
  if (removed) return { ...clear(status, 'SpecMissing'), target: 'absent', purgeAtMs: nowMs }
  const found = clear(status, 'SpecMissing')
  if (!parsed.ok) return raise(found, 'SpecInvalid', 'SpecInvalid', `${parsed.field} ${parsed.message}`, nowMs)
  const { backend, project, region, zones } = parsed.spec
  const stray = zones.findIndex((zone) => !isIn(region, zone))
  if (stray >= 0) return raise(found, 'SpecInvalid', 'ZoneElsewhere', `zones.${stray} must be in ${region}`, nowMs)
  const pinned = status.pinned ?? { backend, project, region, zone: zones[0] ?? `${region}-a` }
  const accepted = {
    ...clear(found, 'SpecInvalid'),
    accepted: parsed.spec,
    acceptedGeneration: spec.generation,
    pinned,
  }
  const field = (['backend', 'project', 'region'] as const).find((name) => parsed.spec[name] !== pinned[name])
  if (field === undefined) return clear(accepted, 'SpecRejected')
  return raise(
    accepted,
    'SpecRejected',
    'Immutable',
    `${field} cannot be changed from ${pinned[field]}; create another plane`,
    nowMs,
  )
}

function firstStatus({ ref, spec }: PlaneView): PlaneStatus | undefined {
  return spec && { ...newStatus(ref.uid, ref.plane, spec.createdAt), kind: 'plane' }
}
