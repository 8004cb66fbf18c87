import { names } from '../documents/names.ts'
import type { PlanePlace } from '../documents/names.ts'
import { ready, removed, waiting } from '../documents/outcome.ts'
import type { PlaneSubject } from '../documents/subject.ts'
import type { Backend, Item } from '../ports/backend.ts'
import { nameConflict } from './step.ts'
import type { Step } from './step.ts'

/** How soon to look again for what agents left: the sweep takes it away, once a minute. */
const LEFT_POLL_MS = 60_000

/** What all agents of a plane share: the network and its constant rules. */
export const network: Step<PlaneSubject> = {
  desired: ({ place }) => ({ network: names.network(place), region: place.region }),

  apply: async ({ subject: { place }, backend, intent }) => {
    const found = await backend.plane.findNetwork(place)
    if (found === undefined || (found.ours && found.missing.length > 0))
      await backend.plane.createNetwork(intent, place)
  },

  verify: async ({ subject: { place }, backend }) => {
    const found = await backend.plane.findNetwork(place)
    if (found === undefined) return waiting('NetworkMissing', 'the network is not visible yet')
    if (!found.ours) return nameConflict(`network ${names.network(place)}`)
    if (found.missing.length > 0) return waiting('NetworkIncomplete', `not there yet: ${found.missing.join(', ')}`)
    return ready({ id: found.id })
  },

  remove: async ({ subject: { place }, backend, intent }) => {
    // Once the plane is gone no sweep looks for what nobody owns: until then the network stands.
    const left = await firstItem(backend, place)
    if (left !== undefined)
      return waiting('ResourcesLeft', `${left.kind} ${left.name} has to be removed first`, LEFT_POLL_MS)
    const found = await backend.plane.findNetwork(place)
    if (found === undefined || !found.ours) return removed()
    await backend.plane.deleteNetwork(intent, place)
    return (await backend.plane.findNetwork(place)) === undefined ? removed() : waiting('Deleting')
  },
}

async function firstItem({ inventory }: Backend, place: PlanePlace): Promise<Item | undefined> {
  for await (const [item] of inventory.list(place)) if (item !== undefined) return item
  return undefined
}
