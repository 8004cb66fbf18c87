import { time } from '../clock.ts'
import { ApiError, invalid } from '../errors.ts'
import { compileFilter } from '../filter.ts'
import { only } from '../gate/query.ts'
import { getIamPolicy, setIamPolicy, testIamPermissions } from '../iam/policies.ts'
import type { PolicyMethods } from '../iam/policies.ts'
import { numbered } from '../iam/subjects.ts'
import type { JsonObject } from '../json.ts'
import { checkLabels } from '../labels.ts'
import { page } from '../paging.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'

const ID = /^[A-Za-z0-9_-]{1,255}$/
const LEAST_DESTROY_TTL_S = 86_400
// https://cloud.google.com/secret-manager/quotas
const MOST_ALIASES = 50

/** What can be changed later; everything else is fixed at creation. */
const CHANGEABLE = new Set([
  'labels',
  'annotations',
  'expireTime',
  'ttl',
  'rotation',
  'topics',
  'versionAliases',
  'versionDestroyTtl',
])

const missing = (name: string, { store }: World): ApiError =>
  new ApiError('NOT_FOUND', `Secret [${numbered(name, store)}] not found.`)

/** The secret a request is about. Throws NOT_FOUND. */
export function secretOf(name: string, world: World): Entry {
  const entry = world.store.find(name)
  if (entry?.collection !== 'secrets') throw missing(name, world)
  return entry
}

const target = ({ resource }: Call, world: World): Entry => secretOf(resource, world)

function requireValid({ labels, versionDestroyTtl, replication, versionAliases }: JsonObject): void {
  checkLabels(labels)
  if (Object.keys((versionAliases ?? {}) as JsonObject).length > MOST_ALIASES)
    throw invalid(`Secret.version_aliases has at most ${MOST_ALIASES} aliases.`)
  const ttlS = typeof versionDestroyTtl === 'string' ? Number(versionDestroyTtl.slice(0, -1)) : LEAST_DESTROY_TTL_S
  if (ttlS < LEAST_DESTROY_TTL_S)
    throw invalid(`Secret.version_destroy_ttl must be at least ${LEAST_DESTROY_TTL_S} seconds.`)
  const kinds = Object.keys((replication ?? {}) as JsonObject)
  if (kinds.length !== 1) throw invalid('Secret.replication must be automatic or userManaged.')
}

export const createSecret: Served = {
  subject: ({ resource }) => resource,
  handle: (call, world) => {
    const id = only(call.query, 'secretId') ?? ''
    if (!ID.test(id)) throw invalid(`The provided Secret ID [${id}] does not match the expected format [[a-zA-Z_0-9]+]`)
    const name = `${call.resource}/secrets/${id}`
    requireValid(call.body)
    if (world.store.find(name) !== undefined)
      throw new ApiError('ALREADY_EXISTS', `Secret [${numbered(name, world.store)}] already exists.`)
    const nowMs = world.clock.nowMs()
    const body = {
      name: numbered(name, world.store),
      ...without(call.body),
      createTime: time(nowMs),
      etag: `"${world.ids.etag()}"`,
    }
    world.store.put({ collection: 'secrets', name, body, createdAtMs: nowMs })
    return body
  },
}

/** Clients send empty maps where they mean nothing. */
const without = (body: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([key, value]) => key === 'replication' || !isEmpty(value)))

const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

export const getSecret: Served = { handle: (call, world) => target(call, world).body }

export const listSecrets: Served = {
  handle: (call, world) => {
    const matches = compileFilter(only(call.query, 'filter'))
    const found = world.store.list('secrets', `${call.resource}/`).filter(({ body }) => matches(body))
    const size = only(call.query, 'pageSize')
    const { items, nextPageToken } = page(found, {
      size: size === undefined ? undefined : Number(size),
      token: only(call.query, 'pageToken'),
      most: 25_000,
    })
    return {
      ...(items.length > 0 && { secrets: items.map(({ body }) => body) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
      totalSize: found.length,
    }
  },
}

export const patchSecret: Served = {
  handle: (call, world) => {
    const entry = target(call, world)
    const paths = (only(call.query, 'updateMask') ?? '').split(',').map(camel)
    const fixed = paths.find((path) => !CHANGEABLE.has(path))
    if (fixed !== undefined) throw invalid(`Invalid update mask: '${fixed}' cannot be changed.`)
    refuseStaleEtag(call.body['etag'], entry.body['etag'])
    const changes = Object.fromEntries(
      paths.map((path) => [path, isEmpty(call.body[path]) ? undefined : call.body[path]]),
    )
    const body = { ...entry.body, ...changes, etag: `"${world.ids.etag()}"` }
    requireValid(body)
    world.store.put({ ...entry, body })
    return body
  },
}

const camel = (path: string): string => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Throws when a request's etag is another than the resource's; none is fine. */
export function refuseStaleEtag(given: unknown, current: unknown): void {
  if (given !== undefined && given !== '' && given !== current)
    throw new ApiError('FAILED_PRECONDITION', 'The etag of the request is not that of the current resource.')
}

/** Deletes a secret with its versions, at once and for ever. */
export const deleteSecret: Served = {
  handle: (call, world) => {
    const entry = target(call, world)
    refuseStaleEtag(only(call.query, 'etag'), entry.body['etag'])
    for (const version of world.store.list('versions', `${entry.name}/versions/`)) world.store.delete(version.name)
    world.store.delete(entry.name)
    return {}
  },
}

const policy: PolicyMethods = { holder: target, setPermission: 'secretmanager.secrets.setIamPolicy' }

export const getSecretPolicy = getIamPolicy(policy)
export const setSecretPolicy = setIamPolicy(policy)
export const testSecretPermissions = testIamPermissions((call, world) => target(call, world).name)
