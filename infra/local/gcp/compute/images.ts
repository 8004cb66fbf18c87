import { inUse, notFound } from '../errors.ts'
import { asText } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Check, Served, World } from '../world.ts'
import { insert, repeated } from './changes.ts'
import { lastOf, linkTo, nameOf, refer, requireReady, targetOf } from './references.ts'

/** Projects whose images anybody may use. */
const PUBLIC = new Set(['debian-cloud', 'ubuntu-os-cloud', 'cos-cloud'])

/** Debian's image, as debian-cloud publishes it: the one a stock machine boots from. */
export const debian = (nowMs: number): Entry => {
  const name = 'projects/debian-cloud/global/images/debian-12-bookworm-v20260915'
  const body: JsonObject = {
    kind: 'compute#image',
    id: '5413298768712345678',
    creationTimestamp: '2026-09-15T02:13:11.000-07:00',
    name: lastOf(name),
    family: 'debian-12',
    status: 'READY',
    sourceType: 'RAW',
    architecture: 'X86_64',
    diskSizeGb: '10',
    archiveSizeBytes: '1073741824',
    labelFingerprint: '42WmSpB8rSM=',
    selfLink: `https://www.googleapis.com/compute/v1/${name}`,
  }
  return { collection: 'images', name, body, createdAtMs: nowMs }
}

/** Whether a name is in a project whose images anybody may read and use. */
export const isPublic = (name: string): boolean => PUBLIC.has(name.split('/')[1] ?? '')

/** The image a reference names, by name or as the newest of its family. Throws NOT_FOUND. */
export function imageOf(reference: Json | undefined, field: string, { project }: Call, world: World): Entry {
  // A family as a zone sees it is how gcloud names one.
  const name = nameOf(reference, field, project).replace(/zones\/[^/]+\/imageFamilyViews/, 'global/images/family')
  const image = name.includes('/images/family/') ? newest(name, world) : world.store.find(name)
  if (image?.collection !== 'images') throw notFound(name)
  requireReady(image, world)
  return image
}

function newest(name: string, { store }: World): Entry | undefined {
  const [prefix = '', family = ''] = name.split('family/')
  return store
    .list('images', prefix)
    .filter(({ body }) => body['family'] === family && body['deprecated'] === undefined)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.name < b.name ? -1 : 1))
    .at(-1)
}

/** The permission to make a disk from an image; none for a public one. */
export function imageChecks(reference: Json | undefined, call: Call): readonly Check[] {
  const name = nameOf(reference, 'sourceImage', call.project)
  return isPublic(name) ? [] : [{ permission: 'compute.images.useReadOnly', resource: name }]
}

export const getImage: Served = { handle: (call, world) => targetOf(call, 'images', world).body }

export const getImageFromFamily: Served = {
  handle: ({ resource }, world) => {
    const image = newest(resource, world)
    if (image === undefined) throw notFound(resource)
    return image.body
  },
}

type ImageAsked = { readonly name: string; readonly sourceDisk?: string; readonly labels?: JsonObject } & JsonObject

const nameIn = ({ project, body }: Call): string => `projects/${project}/global/images/${asText(body['name'])}`

// https://cloud.google.com/compute/docs/images/create-custom#create_image
function checks(call: Call): readonly Check[] {
  const { sourceDisk, labels = {} } = call.body as ImageAsked
  return [
    ...(sourceDisk === undefined
      ? []
      : [{ permission: 'compute.disks.useReadOnly', resource: nameOf(sourceDisk, 'sourceDisk', call.project) }]),
    ...(Object.keys(labels).length === 0 ? [] : [{ permission: 'compute.images.setLabels', resource: nameIn(call) }]),
  ]
}

/** The disk an image is made of. Throws for one whose machine runs: what it is writing would be torn. */
function sourceOf(call: Call, world: World): Entry {
  const wanted = { collection: 'disks', field: 'sourceDisk', scope: `projects/${call.project}` } as const
  const disk = refer((call.body as ImageAsked).sourceDisk, wanted, call, world)
  for (const user of (disk.body['users'] ?? []) as readonly string[]) {
    const machine = user.replace(linkTo(''), '')
    if (world.store.find(machine)?.body['status'] !== 'TERMINATED') throw inUse(disk.name, machine)
  }
  return disk
}

/** Makes an image of a disk; no other source is served. */
export const insertImage: Served = {
  subject: nameIn,
  checks,
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const disk = sourceOf(call, world)
    const body: JsonObject = {
      ...call.body,
      status: 'PENDING',
      sourceType: 'RAW',
      sourceDisk: linkTo(disk.name),
      sourceDiskId: asText(disk.body['id']),
      diskSizeGb: asText(disk.body['sizeGb']),
    }
    const insertion = { collection: 'images', kind: 'image', name: nameIn(call), body } as const
    return insert(call, world, { ...insertion, readyBody: { status: 'READY', archiveSizeBytes: '0' } })
  },
}
