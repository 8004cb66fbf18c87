import { failed, ready, removed, waiting } from '../documents/outcome.ts'
import type { Reported } from '../documents/outcome.ts'
import type { Resource } from '../documents/status.ts'
import type { PlaneSubject } from '../documents/subject.ts'
import type { Capacity } from '../ports/plane-resources.ts'
import type { Step } from './step.ts'

/** The project's services and how many agents still fit. */
export const services: Step<PlaneSubject> = {
  desired: ({ place: { project, region, machineType } }) => ({ project, region, machineType }),

  apply: async () => {},

  verify: async ({ subject: { place, plane }, backend }) => {
    const fixes = await backend.plane.missingServices(place)
    if (fixes.length > 0) {
      const message = `project ${place.project} cannot run agents yet: ${fixes.join(', ')}`
      return failed('ServicesDisabled', `${message}; then: planes retry --plane ${plane}`)
    }
    const { resource, condition } = roomOf(await backend.plane.capacity(place))
    return ready(resource, { Capacity: condition })
  },

  remove: async () => removed(),
}

/** How many agents still fit, where, and in which project, as `services` records it. */
export type Room = { readonly resource: Resource; readonly condition: Reported }

/** What a measured capacity means for a plane. */
export function roomOf({ agentsThatFit, limitedBy, fix, zones, projectNumber }: Capacity): Room {
  const resource = { agentsThatFit, zones: zones.join(' '), ...(projectNumber !== undefined && { projectNumber }) }
  if (agentsThatFit > 0) return { resource, condition: { status: 'True', reason: 'AgentsFit' } }
  const message = `no further agent fits: ${limitedBy}. ${fix}`
  return { resource, condition: { status: 'False', reason: 'Full', message } }
}

/** That the functions' accounts hold what they need. It verifies and never grants. */
export const grants: Step<PlaneSubject> = {
  desired: ({ place }) => ({ project: place.project }),

  apply: async () => {},

  verify: async ({ subject: { place }, backend }) => {
    const missing = await backend.plane.missingGrants(place)
    if (missing.length === 0) return ready()
    return waiting('GrantsMissing', `an admin of ${place.project} has to grant: ${missing.join(', ')}`, 60_000)
  },

  remove: async () => removed(),
}
