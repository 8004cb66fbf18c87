import type { Reported } from '../documents/outcome.ts'
import type { PlaneRef } from '../documents/ref.ts'
import type { PlaneStatus, Status } from '../documents/status.ts'
import { planeSubject } from '../documents/subject.ts'
import type { PlaneSubject } from '../documents/subject.ts'
import { setCondition } from '../lifecycle/conditions.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Ports } from '../ports/ports.ts'
import { roomOf } from '../steps/services.ts'
import type { Room } from '../steps/services.ts'
import { write } from './write.ts'

/** Room in a project is measured in one minute of so many: it costs calls, and changes slowly. */
const MEASURED_EVERY_MINUTES = 10

/** What nobody writes down and yet changes: who could read agents' secrets, and how many agents still fit. */
export async function observePlane(ref: PlaneRef, status: PlaneStatus, ports: Ports): Promise<void> {
  const subject = planeSubject(status)
  if (subject === undefined || status.target === 'absent' || status.observedGeneration === undefined) return
  const separation = await orUnknown(() => ports.backend(subject.backend).plane.separation(subject.place))
  const room = isDue(ref, ports.clock.nowMs()) ? await measure(subject, ports) : undefined
  const observe = (current: Status, nowMs: number): Status => {
    const told = setCondition(current, 'AdminSeparation', separation, nowMs)
    return room === undefined ? told : withRoom(told, room, nowMs)
  }
  const nowMs = ports.clock.nowMs()
  if (observe(status, nowMs) !== status) await write(ref, ports, (decision) => observe(decision.status, nowMs))
}

/** Planes take different minutes. */
const isDue = ({ uid }: PlaneRef, nowMs: number): boolean =>
  (Math.floor(nowMs / 60_000) + uid.charCodeAt(0)) % MEASURED_EVERY_MINUTES === 0

async function measure({ backend, place }: PlaneSubject, ports: Ports): Promise<Partial<Room>> {
  let resource: Room['resource'] | undefined
  const condition = await orUnknown(async () => {
    const room = roomOf(await ports.backend(backend).plane.capacity(place))
    resource = room.resource
    return room.condition
  })
  return resource === undefined ? { condition } : { condition, resource }
}

function withRoom(status: Status, { condition, resource }: Partial<Room>, nowMs: number): Status {
  const told = condition === undefined ? status : setCondition(status, 'Capacity', condition, nowMs)
  const known = told.resources['services']
  if (resource === undefined || Object.entries(resource).every(([key, value]) => known?.[key] === value)) return told
  return { ...told, resources: { ...told.resources, services: resource } }
}

/** What cannot be read is unknown, and says why in words that stay the same from sweep to sweep. */
async function orUnknown(read: () => Promise<Reported>): Promise<Reported> {
  try {
    return await read()
  } catch (error) {
    return { status: 'Unknown', reason: 'Unreadable', message: `it could not be read: ${inWords(error)}` }
  }
}

function inWords(error: unknown): string {
  if (!(error instanceof ProviderError)) return 'unexpected error'
  return error.kind === 'Denied' || error.kind === 'Invalid' ? error.message : `the provider answered ${error.kind}`
}
