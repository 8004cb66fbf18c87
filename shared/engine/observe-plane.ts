import type { Reported } from '../documents/outcome.ts'
import type { PlaneRef } from '../documents/ref.ts'
import type { PlaneStatus, Status } from '../documents/status.ts'
import { planeSubject } from '../documents/subject.ts'
import type { PlaneSubject } from '../documents/subject.ts'
import { drifted } from '../lifecycle/attempt.ts'
import { setCondition } from '../lifecycle/conditions.ts'
import { stepOf } from '../lifecycle/verdict.ts'
import { inWords } from '../ports/errors.ts'
import type { Ports } from '../ports/ports.ts'
import { roomOf } from '../steps/services.ts'
import type { Room } from '../steps/services.ts'
import { reconcile } from './reconcile.ts'
import type { Found } from './lookout.ts'
import { unreadable } from './unreadable.ts'
import { write } from './write.ts'

/** Room in a project is measured in one minute of so many: it costs calls, and changes slowly. */
const MEASURED_EVERY_MINUTES = 10

/**
 * What nobody writes down and yet changes: who could read agents' secrets, how many agents still fit, and whether the
 * network is as it was made; its step repairs it. `found` is what is known of the agents' own policies;
 * undefined when the agents could not be looked at.
 */
export async function observePlane(
  ref: PlaneRef,
  status: PlaneStatus,
  found: Found | undefined,
  ports: Ports,
): Promise<void> {
  const subject = planeSubject(status)
  if (subject === undefined || status.target === 'absent' || status.observedGeneration === undefined) return
  const nowMs = ports.clock.nowMs()
  const separation = withAgents(await separationIn(subject, ports), found)
  // What could not be read is asked for again by the very next sweep.
  const isKnown = status.conditions['Capacity']?.status !== 'Unknown'
  const room = !isKnown || isDue(ref, nowMs) ? await measure(subject, ports) : undefined
  const drift = await networkDrift(subject, status, ports)
  const observe = (current: Status): Status => {
    const told = setCondition(current, 'AdminSeparation', separation, nowMs)
    const measured = room === undefined ? told : withRoom(told, room, nowMs)
    const same = stepOf(current, 'network').sinceMs === stepOf(status, 'network').sinceMs && isStanding(current)
    return drift === undefined || !same ? measured : drifted(measured, 'network', drift)
  }
  if (observe(status) === status) return
  await write(ref, ports, (decision) => observe(decision.status))
  if (drift !== undefined) await reconcile(ref, ports)
}

const isStanding = (status: Status): boolean => stepOf(status, 'network').state === 'ready'

/** In which way the network is not as it was made; undefined also while it is being made, and when it cannot be read. */
async function networkDrift(
  { backend, place }: PlaneSubject,
  status: PlaneStatus,
  ports: Ports,
): Promise<string | undefined> {
  if (!isStanding(status)) return undefined
  try {
    const found = await ports.backend(backend).plane.findNetwork(place)
    if (found === undefined) return 'the network is gone'
    if (!found.ours) return "somebody else's network stands in its place"
    return found.missing.length === 0 ? undefined : `not as it was made: ${found.missing.join(', ')}`
  } catch (error) {
    ports.log.warn('network.unreadable', { plane: status.name, uid: status.uid, reason: inWords(error) })
    return undefined
  }
}

/** Planes take different minutes. */
const isDue = ({ uid }: PlaneRef, nowMs: number): boolean =>
  (Math.floor(nowMs / 60_000) + uid.charCodeAt(0)) % MEASURED_EVERY_MINUTES === 0

async function separationIn({ backend, place }: PlaneSubject, ports: Ports): Promise<Reported> {
  try {
    return await ports.backend(backend).plane.separation(place)
  } catch (error) {
    return unreadable(error)
  }
}

const MOST_NAMED = 8

/** Nobody is kept from what agents hold secret as long as somebody is let in to one of them. */
function withAgents(separation: Reported, found: Found | undefined): Reported {
  if (separation.status === 'False') return separation
  if (found === undefined)
    return { status: 'Unknown', reason: 'AgentsUnreadable', message: 'its agents could not be looked at; see the log' }
  const { exposed, unread } = found
  if (exposed.length > 0)
    return { status: 'False', reason: 'AgentsExposed', message: `somebody could read secrets of ${named(exposed)}` }
  if (separation.status === 'Unknown' || unread.length === 0) return separation
  return {
    status: 'Unknown',
    reason: 'AgentsUnreadable',
    message: `could not be read: the policies of ${named(unread)}`,
  }
}

/** In the same order each time, so that nothing is written while nothing changes. */
function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  return `${names.toSorted().slice(0, MOST_NAMED).join(', ')}${more}; see their AdminSeparation`
}

type Measured = Pick<Room, 'condition'> & Partial<Room>

async function measure({ backend, place }: PlaneSubject, ports: Ports): Promise<Measured> {
  try {
    return roomOf(await ports.backend(backend).plane.capacity(place))
  } catch (error) {
    return { condition: unreadable(error) }
  }
}

function withRoom(status: Status, { condition, resource }: Measured, nowMs: number): Status {
  const told = setCondition(status, 'Capacity', condition, nowMs)
  const known = told.resources['services']
  if (resource === undefined || Object.entries(resource).every(([key, value]) => known?.[key] === value)) return told
  return { ...told, resources: { ...told.resources, services: resource } }
}
