import type { PlanePlace } from '../../documents/names.ts'
import type { AgentsPlace } from '../../documents/subject.ts'
import type { Capacity } from '../../ports/plane-resources.ts'
import { answered } from '../errors.ts'
import { connected, googleRequest, once } from '../google.ts'
import type { Google } from '../google.ts'
import { readNumber } from '../hierarchy.ts'
import { lazily } from '../lazily.ts'
import { SNAPSHOT_DAYS, SUBNETWORK_RANGE } from './network-wanted.ts'
import { askForMore, computeLimits, roomIn } from './room.ts'
import type { AgentNeeds, Limit, Quota } from './room.ts'

/** What every agent takes, and how many accounts the project may have: no API of those in use tells that number. */
export type CapacitySettings = Pick<AgentNeeds, 'ssdGb'> & { readonly accountsPerProject: number }

type Accounts = { readonly accounts?: readonly unknown[]; readonly nextPageToken?: string }

/** How many agents still fit in a project, and its number; by its quotas, its accounts and the plane's addresses. */
export function googleCapacity(google: Google, settings: CapacitySettings): (place: AgentsPlace) => Promise<Capacity> {
  const clients = lazily(async () => {
    const { RegionsClient } = await import('@google-cloud/compute/build/src/v1/regions_client.js')
    const { ProjectsClient } = await import('@google-cloud/compute/build/src/v1/projects_client.js')
    return { regions: await connected(RegionsClient, google), projects: await connected(ProjectsClient, google) }
  })
  return async (place) => {
    const { project, region, machineType } = place
    const { regions, projects } = await clients()
    const [[ofRegion], [ofProject], accounts, projectNumber] = await Promise.all([
      answered('compute', regions.get({ project, region }, once())),
      answered('compute', projects.get({ project }, once())),
      countAccounts(google, project, settings.accountsPerProject),
      readNumber(google, `projects/${project}`),
    ])
    const quotas = { region: ofRegion.quotas ?? [], project: ofProject.quotas ?? [] }
    const zones = (ofRegion.zones ?? []).map((zone) => zone.slice(zone.lastIndexOf('/') + 1)).filter(isStandard)
    const limits = [
      ...computeLimits(place, quotas, { machineType, ssdGb: settings.ssdGb, snapshots: SNAPSHOT_DAYS }),
      accountsLimit(project, accounts, settings.accountsPerProject),
      addressesLimit(place, quotas.region),
    ]
    return { ...roomIn(limits), zones: zones.toSorted(), projectNumber }
  }
}

/** `us-central1-ai1a` is for accelerators: https://cloud.google.com/compute/docs/regions-zones/ai-zones. */
const isStandard = (zone: string): boolean => /-[a-z]$/.test(zone)

/** Counts as far as `enough`: beyond, it makes no difference. */
async function countAccounts(google: Google, project: string, enough: number): Promise<number> {
  let count = 0
  let token: string | undefined
  do {
    const query = { pageSize: '100', ...(token !== undefined && { pageToken: token }) }
    const path = `v1/projects/${project}/serviceAccounts`
    const page: Accounts = await googleRequest<Accounts>(google, { service: 'iam', method: 'GET', path, query })
    count += page.accounts?.length ?? 0
    token = page.nextPageToken
  } while (token !== undefined && token !== '' && count < enough)
  return count
}

const accountsLimit = (project: string, used: number, limit: number): Limit => ({
  name: `service accounts of project ${project}`,
  limit,
  used,
  perAgent: 1,
  fix: `${askForMore('service accounts', `project ${project}`, project)}, and tell the functions the new number`,
})

/** Google keeps four of a range: https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet. */
const ADDRESSES = 2 ** (32 - SUBNETWORK_RANGE.prefix) - 4

/** Not every machine of the region is in the plane's network: at most all of them are. */
function addressesLimit({ region }: PlanePlace, quotas: readonly Quota[]): Limit {
  const used = quotas.find(({ metric }) => metric === 'INSTANCES')?.usage ?? 0
  const fix = 'make another plane: the network of one has no more addresses'
  return { name: `addresses of the plane in ${region}`, limit: ADDRESSES, used, perAgent: 1, fix }
}
