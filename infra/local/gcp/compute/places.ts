import { asText } from '../json.ts'
import { notFound } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Call, Served, World } from '../world.ts'
import { projectQuotas, regionQuotas } from './quotas.ts'
import { linkTo, lastOf } from './references.ts'

const CREATED = '1969-12-31T16:00:00.000-08:00'

/** A zone's region. Throws NOT_FOUND for a zone there is not. */
export function regionOf(zone: string, { options }: World, project: string): string {
  const found = Object.entries(options.regions).find(([, zones]) => zones.includes(zone))
  if (found === undefined) throw notFound(`projects/${project}/zones/${zone}`)
  return found[0]
}

/** Throws NOT_FOUND unless the request's zone or region exists. */
export function requirePlace({ path, project }: Call, world: World): void {
  const { zone, region } = path
  if (zone !== undefined) regionOf(zone, world, project)
  if (region !== undefined && world.options.regions[region] === undefined)
    throw notFound(`projects/${project}/regions/${region}`)
}

// A place's id: always the same four digits for a name.
const number = (name: string): string =>
  String(1000 + Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 8999, 7))

function region(name: string, project: string, world: World): JsonObject {
  return {
    kind: 'compute#region',
    id: number(name),
    creationTimestamp: CREATED,
    name,
    description: name,
    status: 'UP',
    zones: (world.options.regions[name] ?? []).map((zone) => linkTo(`projects/${project}/zones/${zone}`)),
    quotas: regionQuotas({ project, region: name }, world),
    selfLink: linkTo(`projects/${project}/regions/${name}`),
  }
}

function zone(name: string, project: string, world: World): JsonObject {
  return {
    kind: 'compute#zone',
    id: number(name),
    creationTimestamp: CREATED,
    name,
    description: name,
    status: 'UP',
    region: linkTo(`projects/${project}/regions/${regionOf(name, world, project)}`),
    selfLink: linkTo(`projects/${project}/zones/${name}`),
  }
}

export const getRegion: Served = {
  handle: (call, world) => region(lastOf(call.resource), call.project, world),
}

export const getZone: Served = {
  handle: (call, world) => zone(lastOf(call.resource), call.project, world),
}

export const listRegions: Served = {
  handle: ({ project }, world) => ({
    kind: 'compute#regionList',
    id: `projects/${project}/regions`,
    items: Object.keys(world.options.regions).map((name) => region(name, project, world)),
    selfLink: linkTo(`projects/${project}/regions`),
  }),
}

export const listZones: Served = {
  handle: ({ project }, world) => ({
    kind: 'compute#zoneList',
    id: `projects/${project}/zones`,
    items: Object.values(world.options.regions)
      .flat()
      .map((name) => zone(name, project, world)),
    selfLink: linkTo(`projects/${project}/zones`),
  }),
}

export const getProject: Served = {
  handle: ({ project }, world) => {
    const { body } = world.store.get(`projects/${project}`)
    return {
      kind: 'compute#project',
      id: asText(body['projectNumber']),
      creationTimestamp: asText(body['createTime']),
      name: project,
      commonInstanceMetadata: { kind: 'compute#metadata', fingerprint: 'AAAAAAAAAAA=' },
      quotas: projectQuotas(project, world),
      selfLink: linkTo(`projects/${project}`),
      defaultServiceAccount: `${asText(body['projectNumber'])}-compute@developer.gserviceaccount.com`,
      xpnProjectStatus: 'UNSPECIFIED_XPN_PROJECT_STATUS',
      defaultNetworkTier: 'PREMIUM',
      vmDnsSetting: 'ZONAL_ONLY',
    }
  },
}
