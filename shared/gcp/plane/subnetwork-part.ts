import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import { FLOW_LOGS, wantedSubnetwork } from './network-wanted.ts'
import type { Kind } from './part.ts'

const inRegion = ({ project, region }: PlanePlace) => ({ project, region })
const at = (place: PlanePlace) => ({ ...inRegion(place), subnetwork: names.subnetwork(place) })

/** Where the machines are. Its range stays what it was made with. */
export const subnetwork: Kind<protos.google.cloud.compute.v1.ISubnetwork> = {
  noun: 'subnetwork',
  isRegional: true,
  read: ({ subnetworks }, place, options) => subnetworks.get(at(place), options),
  insertion: (place) => ({
    verb: 'insert',
    send: ({ subnetworks }, requestId, options) =>
      subnetworks.insert({ ...inRegion(place), subnetworkResource: wantedSubnetwork(place), requestId }, options),
  }),
  // The fingerprint that was read is good for the first change only.
  repairs: (found, place) => [...withFlowLogs(found, place), ...withGoogleAccess(found, place)],
  removal: (_, place) => [
    {
      verb: 'delete',
      send: ({ subnetworks }, requestId, options) => subnetworks.delete({ ...at(place), requestId }, options),
    },
  ],
}

const withGoogleAccess: typeof subnetwork.repairs = ({ privateIpGoogleAccess }, place) => {
  if (privateIpGoogleAccess === true) return []
  const subnetworksSetPrivateIpGoogleAccessRequestResource = { privateIpGoogleAccess: true }
  return [
    {
      problems: ['machines in it do not reach Google privately'],
      verb: 'setPrivateIpGoogleAccess',
      send: ({ subnetworks }, requestId, options) =>
        subnetworks.setPrivateIpGoogleAccess(
          { ...at(place), subnetworksSetPrivateIpGoogleAccessRequestResource, requestId },
          options,
        ),
    },
  ]
}

const withFlowLogs: typeof subnetwork.repairs = ({ logConfig, fingerprint }, place) => {
  if (logConfig?.enable === true) return []
  const subnetworkResource = { logConfig: FLOW_LOGS, fingerprint: fingerprint ?? '' }
  return [
    {
      problems: ['its flow logs are off'],
      verb: 'patch',
      send: ({ subnetworks }, requestId, options) =>
        subnetworks.patch({ ...at(place), subnetworkResource, requestId }, options),
    },
  ]
}
