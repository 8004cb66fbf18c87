import { isIn } from '../lifecycle/region.ts'
import { refuseImmutable, wanted } from './change.ts'
import { changePlane } from './change-plane.ts'
import { refuseUnlessOpenIn } from './find-agent.ts'
import { Refusal } from './refusal.ts'

/** What says which plane is meant, or cannot be changed. */
const KEPT = ['plane', 'dryRun', 'project', 'region', 'backend'] as const

/** Changes what a plane's spec says, save where it is. */
export const updatePlane = changePlane<'updatePlane'>({
  action: 'update-plane',
  edit: (input, view) => {
    refuseUnlessOpenIn('update', view)
    const spec = view.spec?.parsed.ok === true ? view.spec.parsed.spec : undefined
    const { project, region, backend } = { ...spec, ...view.status?.status.pinned }
    const asked = { project: input.project, region: input.region, backend: input.backend }
    refuseImmutable(`plane "${input.plane}"`, asked, { project, region, backend }, 'Create another plane instead.')
    refuseElsewhere(input.zones, region)
    return wanted(input, KEPT)
  },
})

/** @throws Refusal 422 naming the zone that is not in the region */
export function refuseElsewhere(zones: readonly string[] = [], region: string | undefined): void {
  const index = zones.findIndex((zone) => region !== undefined && !isIn(region, zone))
  if (index < 0) return
  const message = `zones.${index} is ${String(zones[index])}, which is not in ${String(region)}.`
  throw new Refusal(422, { code: 'ZoneElsewhere', message, field: `zones.${index}` })
}
