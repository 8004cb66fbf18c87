import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import { ENFORCEMENT_ORDER, wantedNetwork } from './network-wanted.ts'
import type { Kind } from './part.ts'

const at = (place: PlanePlace) => ({ project: place.project, network: names.network(place) })

/** The network itself: first to come and last to go, so that while anything of it is there, it is found. */
export const network: Kind<protos.google.cloud.compute.v1.INetwork> = {
  noun: 'network',
  isRegional: false,
  read: ({ networks }, place, options) => networks.get(at(place), options),
  insertion: (place) => ({
    verb: 'insert',
    send: ({ networks }, requestId, options) =>
      networks.insert({ project: place.project, networkResource: wantedNetwork(place), requestId }, options),
  }),
  repairs: ({ networkFirewallPolicyEnforcementOrder: order }, place) => {
    if (order === ENFORCEMENT_ORDER) return []
    const networkResource = { networkFirewallPolicyEnforcementOrder: ENFORCEMENT_ORDER }
    return [
      {
        problems: ['other firewall rules come before those of its policy'],
        verb: 'patch',
        send: ({ networks }, requestId, options) =>
          networks.patch({ ...at(place), networkResource, requestId }, options),
      },
    ]
  },
  removal: (_, place) => [
    {
      verb: 'delete',
      send: ({ networks }, requestId, options) => networks.delete({ ...at(place), requestId }, options),
    },
  ],
}
