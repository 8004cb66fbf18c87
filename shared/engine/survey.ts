import type { PlanePlace } from '../documents/names.ts'
import { NOTHING } from '../lifecycle/footprint.ts'
import type { Footprint } from '../lifecycle/footprint.ts'
import type { Item } from '../ports/backend.ts'
import type { Ports } from '../ports/ports.ts'

/** What stands in the world of one plane, by agent uid: a few fields each, for tens of thousands of agents. */
export async function survey(ports: Ports, place: PlanePlace): Promise<Map<string, Footprint>> {
  const seen = new Map<string, Footprint>()
  for (const name of ports.backends)
    for await (const page of ports.backend(name).inventory.list(place))
      for (const item of page) seen.set(item.uid, added(seen.get(item.uid) ?? NOTHING, item))
  return seen
}

function added(seen: Footprint, item: Item): Footprint {
  const newestMs = Math.max(seen.newestMs, item.createdAtMs)
  const zone = item.zone ?? seen.zone
  const next = { ...seen, newestMs, zone }
  switch (item.kind) {
    case 'account':
      return { ...next, account: true, accountDisabled: item.disabled ?? false }
    case 'disk':
      return { ...next, disk: true }
    case 'egress':
      return { ...next, egress: true }
    case 'secret':
      return { ...next, secrets: seen.secrets + 1 }
    case 'machine':
      return { ...next, machine: { id: item.id, running: item.state === 'running' || item.state === 'starting' } }
  }
}
