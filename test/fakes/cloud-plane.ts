import { names } from '../../shared/documents/names.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import type { Call } from './call.ts'
import { PROJECT_NUMBER } from './things.ts'

/** What a network is made of, in the order in which it is made: each is a call of its own, between any two of which a worker may die. */
export const NETWORK_PARTS = ['subnet', 'rules'] as const

/** What a plane finds and makes in the memory cloud. */
export const plane = ({ cloud, read, change }: Call): Backend['plane'] => ({
  missingServices: () => read('plane.missingServices', () => []),
  capacity: () =>
    read('plane.capacity', () => ({
      agentsThatFit: cloud.fits,
      limitedBy: 'CPUS',
      fix: '',
      zones: cloud.zones,
      projectNumber: PROJECT_NUMBER,
    })),
  separation: () => read('plane.separation', () => cloud.separation),
  missingGrants: () => read('plane.missingGrants', () => []),
  findNetwork: (place) =>
    read('plane.findNetwork', () => {
      const found = cloud.networks.get(names.network(place))
      return found && { id: found.id, ours: true, missing: NETWORK_PARTS.filter((part) => !found.parts.has(part)) }
    }),
  createNetwork: async (intent, place) => {
    const name = names.network(place)
    await change('plane.createNetwork', intent, place, () => {
      if (!cloud.networks.has(name)) cloud.networks.set(name, { id: cloud.id('network'), parts: new Set() })
    })
    for (const part of NETWORK_PARTS)
      if (cloud.networks.get(name)?.parts.has(part) !== true)
        await change(`plane.create ${part}`, intent, place, () => void cloud.networks.get(name)?.parts.add(part))
  },
  deleteNetwork: async (intent, place) => {
    const name = names.network(place)
    for (const part of NETWORK_PARTS.toReversed())
      if (cloud.networks.get(name)?.parts.has(part) === true)
        await change(`plane.delete ${part}`, intent, place, () => void cloud.networks.get(name)?.parts.delete(part))
    await change('plane.deleteNetwork', intent, place, () => void cloud.networks.delete(name))
  },
})

/** Egress rules of agents. */
export const egress = ({ cloud, read, change }: Call): Backend['egress'] => ({
  enforcement: 'network',
  find: (place) =>
    read('egress.find', () => {
      const found = cloud.egress.get(names.egressRule(place))
      return found && { mode: found.mode, domains: found.domains, ours: true }
    }),
  set: (intent, place, policy) =>
    change(
      'egress.set',
      intent,
      place,
      () => void cloud.egress.set(names.egressRule(place), { ...policy, uid: place.uid, madeMs: cloud.host.nowMs }),
    ),
  delete: (intent, place) =>
    change('egress.delete', intent, place, () => void cloud.egress.delete(names.egressRule(place))),
})

/** The listing. */
export const inventory = ({ cloud, read }: Call): Backend['inventory'] => ({
  async *list({ planeUid }) {
    yield await read('inventory.list', () => cloud.items(planeUid))
  },
})
