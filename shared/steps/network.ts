import { names } from '../documents/names.ts'
import { ready, removed, waiting } from '../documents/outcome.ts'
import type { PlaneSubject } from '../documents/subject.ts'
import { nameConflict } from './step.ts'
import type { Step } from './step.ts'

/** What all agents of a plane share: the network and its constant rules. */
export const network: Step<PlaneSubject> = {
  desired: ({ place }) => ({ network: names.network(place), region: place.region }),

  apply: async ({ subject: { place }, backend, intent }) => {
    if ((await backend.plane.findNetwork(place)) === undefined) await backend.plane.createNetwork(intent, place)
  },

  verify: async ({ subject: { place }, backend }) => {
    const found = await backend.plane.findNetwork(place)
    if (found === undefined) return waiting('NetworkMissing', 'the network is not visible yet')
    return found.ours ? ready({ id: found.id }) : nameConflict(`network ${names.network(place)}`)
  },

  remove: async ({ subject: { place }, backend, intent }) => {
    const found = await backend.plane.findNetwork(place)
    if (found === undefined || !found.ours) return removed()
    await backend.plane.deleteNetwork(intent, place)
    return (await backend.plane.findNetwork(place)) === undefined ? removed() : waiting('Deleting')
  },
}
