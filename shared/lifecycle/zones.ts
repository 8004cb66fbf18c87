import type { AgentStatus, Pinned, PlaneStatus, Resource } from '../documents/status.ts'

/** Once every zone was tried, so many refusals are borne in one before the next is tried again. */
const PATIENCE = 10

/**
 * The zones an agent may be in, the chosen one first: its spec's own; else its plane's, else its region's, begun at one that
 * the uid picks. Undefined while the plane has not found out which zones its region has.
 */
export function rotationOf(
  { pinned, accepted, resources }: PlaneStatus,
  wanted: string | undefined,
  uid: string,
): string[] | undefined {
  if (wanted !== undefined) return [wanted]
  const given = accepted?.zones ?? []
  const services = resources['services']
  if (given.length === 0 && services === undefined) return undefined
  const zones = given.length > 0 ? given : zonesIn(services?.['zones'])
  if (zones.length === 0) return pinned && [pinned.zone]
  const first = uid.charCodeAt(0) % zones.length
  return [...zones.slice(first), ...zones.slice(0, first)]
}

/** Zones as a resource records them, in one text. */
const zonesIn = (recorded: Resource[string] = ''): readonly string[] => String(recorded).split(' ').filter(Boolean)

/** Where an agent goes after its zone had no room, and that in words. */
export type AfterStockout = { readonly pinned: Pinned; readonly note: string }

/** An agent whose disk is empty takes the next zone of its rotation. One that ever had a machine waits where its data is. */
export function afterStockout(status: AgentStatus, pinned: Pinned, attempt: number): AfterStockout {
  const { zone, zones = [zone], left = [] } = pinned
  if (status.resources['machine']?.['id'] !== undefined)
    return { pinned, note: `its disk holds data, so it waits for room in ${zone}` }
  const next = zones[(zones.indexOf(zone) + 1) % zones.length] ?? zone
  if (next === zone) return { pinned, note: `it may be in no other zone, so it waits for room in ${zone}` }
  const untried = zones.some((other) => other !== zone && !left.includes(other))
  if (!untried && attempt < PATIENCE)
    return { pinned, note: `every zone was tried, so it waits a while for room in ${zone}` }
  return { pinned: movedTo(pinned, next), note: `it moves from ${zone} to ${next}` }
}

/** The same agent in another zone, with the one it leaves on record: something of it may still stand there. */
export function movedTo(pinned: Pinned, zone: string): Pinned {
  const left = [...new Set([...(pinned.left ?? []), pinned.zone])].filter((former) => former !== zone)
  return { ...pinned, zone, left }
}
