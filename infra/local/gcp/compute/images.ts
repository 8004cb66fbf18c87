import { notFound } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Check, Served, World } from '../world.ts'
import { lastOf, nameOf, requireReady, targetOf } from './references.ts'

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
