import type { PlanePlace } from '../documents/names.ts'
import { labelsHash } from '../documents/labels.ts'
import { NOTHING } from '../lifecycle/footprint.ts'
import type { Footprint, Standing } from '../lifecycle/footprint.ts'
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
  const next = { ...seen, newestMs }
  switch (item.kind) {
    case 'account':
      return { ...next, account: true, accountDisabled: item.disabled ?? false }
    case 'disk':
      return { ...next, disk: { ...standing(seen.disk, item), scheduled: item.scheduled } }
    case 'egress':
      return { ...next, egress: true }
    case 'secret':
      return {
        ...next,
        secrets: seen.secrets + 1,
        secretLabels: withLabels(seen.secretLabels, item),
        secretsAtRisk: seen.secretsAtRisk || item.recoverable === false,
      }
    case 'machine':
      return { ...next, machine: { ...standing(seen.machine, item), ...machineIn(item) } }
  }
}

function withLabels(hashes: readonly number[], { labels }: Item): readonly number[] {
  const hash = labels && labelsHash(labels)
  return hash === undefined || hashes.includes(hash) ? hashes : [...hashes, hash]
}

const machineIn = (item: Item): Omit<NonNullable<Footprint['machine']>, keyof Standing> => ({
  id: item.id,
  running: isRunning(item),
  ...(item.bootLabels !== undefined && { bootLabels: labelsHash(item.bootLabels) }),
  ...(item.deviations?.[0] !== undefined && { deviation: item.deviations[0] }),
  ...(item.fingerprint !== undefined && { fingerprint: item.fingerprint }),
})

const isRunning = ({ state }: Item): boolean => state === 'running' || state === 'starting'

/** Two of a kind are told by their zones: nothing else is looked at before one of them is gone. */
function standing(before: Standing | undefined, { zone = '', labels }: Item): Standing {
  return {
    zones: before === undefined ? zone : [before.zones, zone].toSorted().join(' '),
    labels: labels && labelsHash(labels),
  }
}
