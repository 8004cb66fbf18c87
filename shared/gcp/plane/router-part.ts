import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import { wantedNat, wantedRouter } from './network-wanted.ts'
import type { Kind } from './part.ts'

type Nat = protos.google.cloud.compute.v1.IRouterNat

const inRegion = ({ project, region }: PlanePlace) => ({ project, region })
const at = (place: PlanePlace) => ({ ...inRegion(place), router: names.router(place) })

/** The way out for machines without an address of their own: a router with one NAT. */
export const router: Kind<protos.google.cloud.compute.v1.IRouter> = {
  noun: 'router',
  isRegional: true,
  read: ({ routers }, place, options) => routers.get(at(place), options),
  insertion: (place) => ({
    verb: 'insert',
    send: ({ routers }, requestId, options) =>
      routers.insert({ ...inRegion(place), routerResource: wantedRouter(place), requestId }, options),
  }),
  repairs: ({ nats }, place) => {
    const [nat, ...others] = nats ?? []
    if (nat !== undefined && others.length === 0 && isAsWanted(nat, wantedNat(place))) return []
    const routerResource = { nats: [wantedNat(place)] }
    return [
      {
        problems: ['its NAT is not there, or was changed'],
        verb: 'patch',
        send: ({ routers }, requestId, options) => routers.patch({ ...at(place), routerResource, requestId }, options),
      },
    ]
  },
  removal: (_, place) => [
    {
      verb: 'delete',
      send: ({ routers }, requestId, options) => routers.delete({ ...at(place), requestId }, options),
    },
  ],
}

const isAsWanted = (nat: Nat, wanted: Nat): boolean =>
  nat.name === wanted.name &&
  nat.natIpAllocateOption === wanted.natIpAllocateOption &&
  nat.sourceSubnetworkIpRangesToNat === wanted.sourceSubnetworkIpRangesToNat &&
  nat.enableDynamicPortAllocation === wanted.enableDynamicPortAllocation &&
  nat.minPortsPerVm === wanted.minPortsPerVm &&
  nat.maxPortsPerVm === wanted.maxPortsPerVm &&
  nat.logConfig?.enable === wanted.logConfig?.enable &&
  nat.logConfig?.filter === wanted.logConfig?.filter
