import { asText } from '../json.ts'
import { ApiError, invalid, notFound } from '../errors.ts'
import type { Json } from '../json.ts'
import type { Collection, Entry } from '../store.ts'
import type { Call, World } from '../world.ts'

/** A resource's address as Compute Engine writes it. */
export const linkTo = (name: string): string => `https://www.googleapis.com/compute/v1/${name}`

/** The name behind an address: a full URL, `projects/…`, or relative to the project, as `zones/z/disks/d`. */
export function nameOf(reference: Json | undefined, field: string, project: string): string {
  const text = typeof reference === 'string' ? reference : ''
  const path = text.replace(/^https?:\/\/[^/]+\/compute\/v1\//, '')
  const name = /^(?:zones|regions|global)\//.test(path) ? `projects/${project}/${path}` : path
  if (!/^projects\/[^/]+\/(?:global|(?:zones|regions)\/[^/]+)(?:\/[^/]+){2,3}$/.test(name))
    throw invalid(`Invalid value for field 'resource.${field}': '${text}'. The URL is malformed.`)
  return name
}

type Wanted = {
  readonly collection: Collection
  readonly field: string
  /** Where it must be, as `projects/p/zones/z`: elsewhere it cannot be used. */
  readonly scope: string
}

/** The entry an address names. Throws when it is malformed, elsewhere, missing, or not ready yet. */
export function refer(reference: Json | undefined, wanted: Wanted, { project }: Call, world: World): Entry {
  const name = withId(nameOf(reference, wanted.field, project), world)
  if (!name.startsWith(`${wanted.scope}/`))
    throw invalid(
      `Invalid value for field 'resource.${wanted.field}': '${asText(reference)}'. The referenced resource must be in '${wanted.scope}'.`,
    )
  const entry = world.store.find(name)
  if (entry === undefined || entry.collection !== wanted.collection) throw notFound(name)
  requireReady(entry, world)
  return entry
}

/** A project's number in a name, replaced by its id. */
function withId(name: string, { store }: World): string {
  const [, project = ''] = name.split('/')
  if (!/^\d+$/.test(project)) return name
  const found = store.list('projects', '').find(({ body }) => body['projectNumber'] === project)
  return found === undefined ? name : `${found.name}${name.slice(`projects/${project}`.length)}`
}

/** Throws Compute Engine's resourceNotReady for what is still being made. */
export function requireReady(entry: Entry, { clock }: World): void {
  if (clock.nowMs() < (entry.readyAtMs ?? 0))
    throw new ApiError('INVALID_ARGUMENT', `The resource '${entry.name}' is not ready`, { reason: 'resourceNotReady' })
}

/** The resource a request's path names, by name or by numeric id. Throws NOT_FOUND. */
export function targetOf({ resource }: Call, collection: Collection, { store }: World): Entry {
  const entry = store.find(resource) ?? byId(resource, collection, store)
  if (entry === undefined || entry.collection !== collection) throw notFound(resource)
  return entry
}

/** The entry a name with a numeric id in its last place is about. */
export function byId(resource: string, collection: Collection, store: World['store']): Entry | undefined {
  const [, prefix = '', id = ''] = /^(.*\/)([1-9]\d*)$/.exec(resource) ?? []
  return id === '' ? undefined : store.list(collection, prefix).find(({ body }) => body['id'] === id)
}

/** The last part of a name. */
export const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

/** Everything before the kind and the last part: `projects/p/zones/z`. */
export const scopeOf = (name: string): string => name.split('/').slice(0, -2).join('/')
