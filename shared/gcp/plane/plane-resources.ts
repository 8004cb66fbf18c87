import type { PlaneResources } from '../../ports/plane-resources.ts'
import type { Google } from '../google.ts'
import { googleCapacity } from './capacity.ts'
import type { CapacitySettings } from './capacity.ts'
import { googleNetwork } from './network.ts'
import { missingServices } from './services.ts'

/** Who may do what in a plane's project, which other files work out. */
type Governance = Pick<PlaneResources, 'missingGrants' | 'separation'>

/** What a plane finds and makes in its Google Cloud project. */
export function googlePlane(google: Google, settings: CapacitySettings, governance: Governance): PlaneResources {
  return {
    missingServices: (place) => missingServices(google, place),
    capacity: googleCapacity(google, settings),
    missingGrants: (place) => governance.missingGrants(place),
    separation: (place) => governance.separation(place),
    ...googleNetwork(google),
  }
}
