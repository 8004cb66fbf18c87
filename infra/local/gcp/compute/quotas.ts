import { asText } from '../json.ts'
import { ApiError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { World } from '../world.ts'
import { processorsOf } from './machine-types.ts'
import { lastOf } from './references.ts'

type Place = { readonly project: string; readonly region: string }

/** What a region's or a project's metric stands at. */
function usageOf(metric: string, { project, region }: Place, world: World): number {
  const inRegion = (collection: 'instances' | 'disks'): readonly Entry[] =>
    (world.options.regions[region] ?? []).flatMap((zone) =>
      world.store.list(collection, `projects/${project}/zones/${zone}/`),
    )
  const count = (collection: Parameters<World['store']['list']>[0]): number =>
    world.store.list(collection, `projects/${project}/`).length
  switch (metric) {
    case 'CPUS':
      return sum(
        inRegion('instances').filter(({ body }) => body['status'] !== 'TERMINATED'),
        ({ body }) => processorsOf(lastOf(asText(body['machineType']))),
      )
    case 'INSTANCES':
      return inRegion('instances').length
    case 'DISKS_TOTAL_GB':
      return sum(
        inRegion('disks').filter((disk) => !isSolid(disk)),
        gigabytes,
      )
    case 'SSD_TOTAL_GB':
      return sum(inRegion('disks').filter(isSolid), gigabytes)
    case 'NETWORKS':
      return count('networks')
    case 'SUBNETWORKS':
      return count('subnetworks')
    case 'ROUTERS':
      return count('routers')
    case 'SNAPSHOTS':
      return count('snapshots')
    case 'CPUS_ALL_REGIONS':
      return sum(Object.keys(world.options.regions), (each) => usageOf('CPUS', { project, region: each }, world))
    default:
      return 0
  }
}

const sum = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((total, item) => total + amount(item), 0)

const isSolid = ({ body }: Entry): boolean => !asText(body['type']).endsWith('/pd-standard')

const gigabytes = ({ body }: Entry): number => Number(body['sizeGb'])

/** A region's quotas with what is used of them. */
export const regionQuotas = (place: Place, world: World): readonly JsonObject[] =>
  shown(world.options.quotas.region, place, world)

/** A project's own quotas with what is used of them. */
export const projectQuotas = (project: string, world: World): readonly JsonObject[] =>
  shown(world.options.quotas.project, { project, region: '' }, world)

const shown = (limits: Readonly<Record<string, number>>, place: Place, world: World): JsonObject[] =>
  Object.entries(limits).map(([metric, limit]) => ({ metric, limit, usage: usageOf(metric, place, world) }))

/** Throws Compute Engine's quotaExceeded when `amount` more would be too much. An empty region is the project's quota. */
export function requireQuota(metric: string, amount: number, place: Place, world: World): void {
  const limits = place.region === '' ? world.options.quotas.project : world.options.quotas.region
  const limit = limits[metric]
  if (limit === undefined || usageOf(metric, place, world) + amount <= limit) return
  throw quotaExceeded(metric, limit, place.region)
}

export const quotaExceeded = (metric: string, limit: number, region: string): ApiError =>
  new ApiError(
    'RESOURCE_EXHAUSTED',
    `Quota '${metric}' exceeded.  Limit: ${limit.toFixed(1)} ${region === '' ? 'globally' : `in region ${region}`}.`,
    {
      http: 403,
      reason: 'quotaExceeded',
    },
  )
