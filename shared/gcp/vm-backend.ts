import { isIP } from 'node:net'
import { functionAccount } from '../documents/names.ts'
import type { PlanePlace } from '../documents/names.ts'
import type { Backend, Machines } from '../ports/backend.ts'
import type { PlaneResources } from '../ports/plane-resources.ts'
import { ProviderError } from '../ports/errors.ts'
import { googleAccess } from './access.ts'
import { googleDisks } from './compute/disks.ts'
import { googleEgress } from './compute/egress.ts'
import type { Image } from './compute/instance-body.ts'
import type { StartupScript } from './compute/instance-metadata.ts'
import { googleInventory } from './compute/inventory.ts'
import { googleMachines } from './compute/machines.ts'
import { googleExposure } from './exposure.ts'
import type { Google } from './google.ts'
import { howToGrant, missingGrants } from './grants.ts'
import { googleIdentity } from './identity.ts'
import { lazily } from './lazily.ts'
import { googlePlane } from './plane/plane-resources.ts'
import { googleSecrets } from './secrets.ts'
import { googleSeparation } from './separation.ts'
import type { SeparationSettings } from './separation.ts'
import { BOOT_DISK_GB, DATA_DISK_GB } from './sizes.ts'

/** What all agents of an installation have in common. */
export type VmSettings = {
  /** `projects/P/global/images/family/F`, or an image's own name in the place of `family/F`. */
  readonly image: string
  /** Hosts that a machine of this image installs from: those, too, an agent reaches that may reach little. */
  readonly sources: readonly string[]
  /** Where machines send heartbeats. */
  readonly heartbeatUrl: string
  /** Where the functions run, and have their accounts. */
  readonly controlProject: string
  /** What is made of the policies that say who could read secrets. */
  readonly separation: SeparationSettings['decide']
  /** Composed when the first machine is made: only one function makes any. */
  readonly startupScript: () => Promise<StartupScript>
}

/** What a new project may have. https://cloud.google.com/iam/quotas */
const ACCOUNTS_PER_PROJECT = 100

/** Agents as machines of Google Cloud: a machine, an account, a disk and secrets for each. Clients load when they are used. */
export function vmBackend(google: Google, settings: VmSettings): Backend {
  const { controlProject } = settings
  const identity = { machineAccount: functionAccount('machine', controlProject) }
  const needs = {
    ssdGb: BOOT_DISK_GB + DATA_DISK_GB,
    accountsPerProject: ACCOUNTS_PER_PROJECT,
  }
  return {
    identity: googleIdentity(google, identity),
    secrets: googleSecrets(google),
    egress: googleEgress(google, { platform: platformOf(settings) }),
    disks: googleDisks(google, { dataDiskGb: DATA_DISK_GB }),
    machines: lateMachines(lazily(() => machinesOf(google, settings))),
    access: googleAccess(google, identity),
    plane: toldOfGrants(
      googlePlane(google, needs, {
        missingGrants: (place) => missingGrants(google, place, controlProject),
        separation: googleSeparation(google, { controlProject, decide: settings.separation }),
      }),
      controlProject,
    ),
    inventory: googleInventory(google),
    exposure: googleExposure(google, { controlProject, decide: settings.separation }),
  }
}

/** A project where nothing is granted yet refuses the first questions already: its admin is told what to run. */
function toldOfGrants(plane: PlaneResources, controlProject: string): PlaneResources {
  const told = async <T>({ project }: PlanePlace, answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === 'Denied')) throw error
      throw new ProviderError('Denied', `${error.message}; ${howToGrant(project, controlProject)}`, { cause: error })
    }
  }
  return {
    ...plane,
    missingServices: (place) => told(place, plane.missingServices(place)),
    capacity: (place) => told(place, plane.capacity(place)),
  }
}

/** What a machine cannot do without: its secrets, its logs, where it installs from, and its plane. */
function platformOf({ heartbeatUrl, sources }: VmSettings): readonly string[] {
  const { hostname } = new URL(heartbeatUrl)
  return [
    'secretmanager.googleapis.com',
    'logging.googleapis.com',
    ...sources,
    ...(isIP(hostname) === 0 ? [hostname] : []),
  ]
}

async function machinesOf(google: Google, { image, heartbeatUrl, startupScript }: VmSettings): Promise<Machines> {
  const told = { heartbeatUrl, startupScript: await startupScript() }
  return googleMachines(google, { ...told, image: imageOf(image), bootDiskGb: BOOT_DISK_GB })
}

function imageOf(path: string): Image {
  const [, project = '', , , ...rest] = path.split('/')
  const [kind = '', family = ''] = rest
  return kind === 'family' ? { project, family } : { project, name: kind }
}

/** The port of machines whose settings are only worked out when it is called. */
const lateMachines = (machines: () => Promise<Machines>): Machines => ({
  find: async (...call) => (await machines()).find(...call),
  insert: async (...call) => (await machines()).insert(...call),
  configure: async (...call) => (await machines()).configure(...call),
  label: async (...call) => (await machines()).label(...call),
  start: async (...call) => (await machines()).start(...call),
  stop: async (...call) => (await machines()).stop(...call),
  delete: async (...call) => (await machines()).delete(...call),
})
