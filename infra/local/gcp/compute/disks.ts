import { asText } from '../json.ts'
import { inUse, invalid } from '../errors.ts'
import { getIamPolicy, setIamPolicy } from '../iam/policies.ts'
import type { PolicyMethods } from '../iam/policies.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Check, Served, World } from '../world.ts'
import { begin, insert, repeated, setLabels } from './changes.ts'
import { imageChecks, imageOf } from './images.ts'
import { aggregatedList, list } from './lists.ts'
import { diskTypeOf } from './machine-types.ts'
import { regionOf, requirePlace } from './places.ts'
import { requireQuota } from './quotas.ts'
import { linkTo, nameOf, refer, targetOf } from './references.ts'

type DiskWanted = {
  readonly name: string
  readonly sizeGb?: string
  readonly type?: string
  readonly sourceImage?: string
  readonly labels?: JsonObject
  readonly description?: string
  readonly resourcePolicies?: readonly string[]
}

// https://cloud.google.com/compute/docs/disks/persistent-disks
const SIZE_GB = { least: 10, usual: 500, most: 65_536 }

/** A disk as it will be, its references checked. Throws for what a zone's disk cannot be. */
export function diskBody(wanted: DiskWanted, call: Call, world: World): JsonObject {
  const zone = call.path['zone'] ?? ''
  const { project } = call
  const region = regionOf(zone, world, project)
  const image =
    wanted.sourceImage === undefined || wanted.sourceImage === ''
      ? undefined
      : imageOf(wanted.sourceImage, 'sourceImage', call, world)
  const sizeGb = Number(wanted.sizeGb ?? image?.body['diskSizeGb'] ?? SIZE_GB.usual)
  if (sizeGb < SIZE_GB.least || sizeGb > SIZE_GB.most || sizeGb < Number(image?.body['diskSizeGb'] ?? 0))
    throw invalid(
      `Invalid value for field 'resource.sizeGb': '${sizeGb}'. Disk size must be between the image's and ${SIZE_GB.most} GB.`,
    )
  const type = diskTypeOf(wanted.type, project, zone)
  requireQuota(type.endsWith('pd-standard') ? 'DISKS_TOTAL_GB' : 'SSD_TOTAL_GB', sizeGb, { project, region }, world)
  const policies = (wanted.resourcePolicies ?? []).map((policy) => policyOf(policy, region, call, world))
  return {
    sizeGb: String(sizeGb),
    type: linkTo(type),
    physicalBlockSizeBytes: '4096',
    ...(wanted.description !== undefined && { description: wanted.description }),
    ...(wanted.labels !== undefined && Object.keys(wanted.labels).length > 0 && { labels: wanted.labels }),
    ...(policies.length > 0 && { resourcePolicies: policies }),
    ...(image !== undefined && { sourceImage: linkTo(image.name), sourceImageId: asText(image.body['id']) }),
    status: 'CREATING',
  }
}

function policyOf(reference: string, region: string, call: Call, world: World): string {
  const scope = `projects/${call.project}/regions/${region}`
  return linkTo(
    refer(reference, { collection: 'resourcePolicies', field: 'resourcePolicies', scope }, call, world).name,
  )
}

const policyChecks = (policies: readonly string[] | undefined, call: Call): readonly Check[] =>
  (policies ?? []).map((policy) => ({
    permission: 'compute.resourcePolicies.use',
    resource: nameOf(policy, 'resourcePolicies', call.project),
  }))

/** Permissions to make such a disk: itself, its labels, its image, its policies. */
export const diskChecks = (wanted: DiskWanted, name: string, call: Call): readonly Check[] => [
  ...(wanted.labels !== undefined && Object.keys(wanted.labels).length > 0
    ? [{ permission: 'compute.disks.setLabels', resource: name }]
    : []),
  ...(wanted.sourceImage ? imageChecks(wanted.sourceImage, call) : []),
  ...policyChecks(wanted.resourcePolicies, call),
]

const nameIn = ({ resource, body }: Call): string => `${resource}/disks/${asText(body['name'])}`

export const insertDisk: Served = {
  subject: nameIn,
  checks: (call) => diskChecks(call.body as DiskWanted, nameIn(call), call),
  handle: (call, world) => {
    requirePlace(call, world)
    const before = repeated(call, world)
    if (before !== undefined) return before
    const body = diskBody(call.body as DiskWanted, call, world)
    return insert(call, world, {
      collection: 'disks',
      kind: 'disk',
      name: nameIn(call),
      body,
      readyBody: { status: 'READY' },
    })
  },
}

/** Throws when a machine has the disk. */
function requireUnused({ name, body }: Entry): void {
  const [user] = (body['users'] ?? []) as readonly string[]
  if (user !== undefined) throw inUse(name, user.replace(linkTo(''), ''))
}

export const deleteDisk: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = targetOf(call, 'disks', world)
    requireUnused(entry)
    return begin({ call, entry, finish: () => undefined }, world)
  },
}

/** Serves a change of which snapshot schedules a disk has: those it had, and those that are named. */
const policyChange =
  (changed: (had: readonly string[], named: readonly string[]) => readonly string[]): Served['handle'] =>
  (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = targetOf(call, 'disks', world)
    const region = regionOf(call.path['zone'] ?? '', world, call.project)
    const named = ((call.body['resourcePolicies'] ?? []) as readonly string[]).map((policy) =>
      policyOf(policy, region, call, world),
    )
    const { resourcePolicies = [], ...body } = entry.body as { readonly resourcePolicies?: string[] } & JsonObject
    const left = changed(resourcePolicies, named)
    if (left.length > 1) throw invalid(`The disk '${entry.name}' has a resource policy already.`)
    world.store.put({ ...entry, body: { ...body, ...(left.length > 0 && { resourcePolicies: left }) } })
    return begin({ call, entry }, world)
  }

/** Attaches a snapshot schedule: of the disk's own region, and one at most. */
export const addResourcePolicies: Served = {
  checks: (call) => policyChecks(call.body['resourcePolicies'] as readonly string[] | undefined, call),
  handle: policyChange((had, named) => [...new Set([...had, ...named])]),
}

export const removeResourcePolicies: Served = {
  handle: policyChange((had, named) => had.filter((policy) => !named.includes(policy))),
}

export const getDisk: Served = { handle: (call, world) => targetOf(call, 'disks', world).body }
export const setDiskLabels: Served = { handle: (call, world) => setLabels(call, world, targetOf(call, 'disks', world)) }
export const listDisks = list({ collection: 'disks', kind: 'disk' })
export const aggregateDisks = aggregatedList({ collection: 'disks', kind: 'disk' })

/** The disk with this machine among its users, or without it. */
export function withUser(disk: Entry, instance: string, isUser: boolean): Entry {
  const { users = [], ...body } = disk.body as { readonly users?: readonly string[] } & JsonObject
  const link = linkTo(instance)
  const left = [...users.filter((user) => user !== link), ...(isUser ? [link] : [])]
  return { ...disk, body: { ...body, ...(left.length > 0 && { users: left }) } }
}

const policy: PolicyMethods = {
  holder: (call, world) => targetOf(call, 'disks', world),
  setPermission: 'compute.disks.setIamPolicy',
}

export const getDiskPolicy = getIamPolicy(policy)
export const setDiskPolicy = setIamPolicy(policy)
