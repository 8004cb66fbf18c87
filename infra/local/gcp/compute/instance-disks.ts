import { asText } from '../json.ts'
import { alreadyExists, inUse, invalid } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Check, World } from '../world.ts'
import { computeTime } from '../clock.ts'
import { fingerprint } from '../ids.ts'
import { checkLabels } from '../labels.ts'
import { diskBody, diskChecks, withUser } from './disks.ts'
import { lastOf, linkTo, nameOf, refer, scopeOf } from './references.ts'

type InitializeParams = {
  readonly diskName?: string
  readonly diskSizeGb?: string
  readonly diskType?: string
  readonly sourceImage?: string
  readonly labels?: JsonObject
  readonly resourcePolicies?: readonly string[]
}

/** A disk as an instance's insert asks for it: one to be made, or one that is there. */
export type DiskAsked = {
  readonly boot?: boolean
  readonly autoDelete?: boolean
  readonly source?: string
  readonly deviceName?: string
  readonly mode?: string
  readonly interface?: string
  readonly initializeParams?: InitializeParams
}

type Attached = { readonly disk: Entry; readonly isNew: boolean; readonly shown: JsonObject }

const scoped = (call: Call): string => `projects/${call.project}/zones/${call.path['zone'] ?? ''}`

const newDiskName = ({ initializeParams }: DiskAsked, instance: string, index: number): string =>
  initializeParams?.diskName ?? (index === 0 ? instance : `${instance}-${index}`)

function wantedOf({ initializeParams = {} }: DiskAsked, name: string): Parameters<typeof diskBody>[0] {
  const { diskSizeGb, diskType, sourceImage, labels, resourcePolicies } = initializeParams
  return {
    name,
    ...(diskSizeGb !== undefined && { sizeGb: diskSizeGb }),
    ...(diskType !== undefined && { type: diskType }),
    ...(sourceImage !== undefined && { sourceImage }),
    ...(labels !== undefined && { labels }),
    ...(resourcePolicies !== undefined && { resourcePolicies }),
  }
}

/** Permissions to attach these: to make the new ones, to use those that are there. */
export function attachedDiskChecks(disks: readonly DiskAsked[], call: Call): readonly Check[] {
  return disks.flatMap((disk, index): readonly Check[] => {
    if (disk.source !== undefined && disk.source !== '') {
      const permission = disk.mode === 'READ_ONLY' ? 'compute.disks.useReadOnly' : 'compute.disks.use'
      return [{ permission, resource: nameOf(disk.source, `disks[${index}].source`, call.project) }]
    }
    const wanted = wantedOf(disk, newDiskName(disk, asText(call.body['name']), index))
    const resource = `${scoped(call)}/disks/${wanted.name}`
    return [{ permission: 'compute.disks.create', resource }, ...diskChecks(wanted, resource, call)]
  })
}

/** The disks an instance will have, nothing of it stored yet. Throws for what cannot be attached. */
export function prepareDisks(disks: readonly DiskAsked[], call: Call, world: World): readonly Attached[] {
  if (disks.filter(({ boot }) => boot === true).length !== 1 || disks[0]?.boot !== true)
    throw invalid(
      "Invalid value for field 'resource.disks': exactly one boot disk is needed, and it must be the first.",
    )
  return disks.map((disk, index) => {
    const isNew = disk.source === undefined || disk.source === ''
    const entry = isNew ? made(disk, index, call, world) : existing(disk, index, call, world)
    return { disk: entry, isNew, shown: show(disk, entry, index) }
  })
}

function existing({ source, mode }: DiskAsked, index: number, call: Call, world: World): Entry {
  const entry = refer(
    source,
    { collection: 'disks', field: `disks[${index}].source`, scope: scoped(call) },
    call,
    world,
  )
  const [user] = (entry.body['users'] ?? []) as readonly string[]
  if (user !== undefined && mode !== 'READ_ONLY') throw inUse(entry.name, user.replace(linkTo(''), ''))
  return entry
}

function made(asked: DiskAsked, index: number, call: Call, world: World): Entry {
  if (asked.boot === true && asked.initializeParams?.sourceImage === undefined)
    throw invalid(`Invalid value for field 'resource.disks[${index}]': a boot disk needs a source or a source image.`)
  const wanted = wantedOf(asked, newDiskName(asked, asText(call.body['name']), index))
  const name = `${scoped(call)}/disks/${wanted.name}`
  if (world.store.find(name) !== undefined) throw alreadyExists(name)
  checkLabels(wanted.labels)
  const body = diskBody(wanted, call, world)
  return {
    collection: 'disks',
    name,
    createdAtMs: world.clock.nowMs(),
    body: {
      kind: 'compute#disk',
      id: world.ids.numeric(),
      creationTimestamp: computeTime(world.clock.nowMs()),
      name: wanted.name,
      zone: linkTo(scopeOf(name)),
      selfLink: linkTo(name),
      labelFingerprint: fingerprint(body['labels'] ?? {}),
      ...body,
      status: 'READY',
    },
  }
}

function show(asked: DiskAsked, { name, body }: Entry, index: number): JsonObject {
  return {
    kind: 'compute#attachedDisk',
    type: 'PERSISTENT',
    mode: asked.mode ?? 'READ_WRITE',
    source: linkTo(name),
    deviceName: asked.deviceName ?? (asked.boot === true ? 'persistent-disk-0' : lastOf(name)),
    index,
    boot: asked.boot === true,
    autoDelete: asked.autoDelete === true,
    interface: asked.interface ?? 'SCSI',
    diskSizeGb: asText(body['sizeGb']),
    architecture: 'X86_64',
  }
}

/** Stores what was prepared, with the instance as user. */
export function attach(attached: readonly Attached[], instance: string, { store }: World): void {
  for (const { disk } of attached) store.put(withUser(disk, instance, true))
}

/** Notes on an instance's disks that they have been in use. https://cloud.google.com/compute/docs/reference/rest/v1/disks */
export function noteAttached(instance: Entry, { store, clock }: World): void {
  const lastAttachTimestamp = computeTime(clock.nowMs())
  for (const shown of (instance.body['disks'] ?? []) as readonly JsonObject[]) {
    const disk = store.find(asText(shown['source']).replace(linkTo(''), ''))
    if (disk !== undefined) store.put({ ...disk, body: { ...disk.body, lastAttachTimestamp } })
  }
}

/** Takes an instance's disks away from it; those that go with it are deleted. */
export function detach(instance: Entry, { store }: World, isDeletedToo: (disk: JsonObject) => boolean): void {
  for (const shown of (instance.body['disks'] ?? []) as readonly JsonObject[]) {
    const disk = store.find(asText(shown['source']).replace(linkTo(''), ''))
    if (disk === undefined) continue
    if (isDeletedToo(shown)) store.delete(disk.name)
    else store.put(withUser(disk, instance.name, false))
  }
}
