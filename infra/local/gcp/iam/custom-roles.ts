import { ApiError, invalid } from '../errors.ts'
import { only } from '../gate/query.ts'
import { textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { page } from '../paging.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'

type RoleAsked = {
  readonly title?: string
  readonly description?: string
  readonly includedPermissions?: readonly string[]
  readonly stage?: string
  readonly etag?: string
}

const ID = /^[A-Za-z0-9_.]{3,64}$/
// https://cloud.google.com/iam/quotas
const MOST_ROLES = 300
const FIELDS = ['title', 'description', 'includedPermissions', 'stage'] as const

const unknown = (name: string): ApiError => new ApiError('NOT_FOUND', `The role named ${name} was not found.`)

function fields(asked: RoleAsked, { access }: World): JsonObject {
  const unheard = (asked.includedPermissions ?? []).find((permission) => !access.roles.permissions.has(permission))
  if (unheard !== undefined) throw invalid(`Permission ${unheard} is not valid.`)
  return Object.fromEntries(
    FIELDS.flatMap((field) => (asked[field] === undefined || asked[field] === '' ? [] : [[field, asked[field]]])),
  )
}

const withoutPermissions = ({ includedPermissions: _hidden, ...body }: JsonObject): JsonObject => body

export const createRole: Served = {
  handle: (call, world) => {
    const { roleId = '', role = {} } = call.body as { readonly roleId?: string; readonly role?: RoleAsked }
    if (!ID.test(roleId)) throw invalid(`The role_id '${roleId}' does not match ${ID.source}.`)
    const name = `${call.resource}/roles/${roleId}`
    if (world.store.find(name) !== undefined)
      throw new ApiError('ALREADY_EXISTS', `A role named ${roleId} in ${call.resource} already exists.`)
    if (world.store.list('roles', `${call.resource}/`).length >= MOST_ROLES)
      throw new ApiError(
        'RESOURCE_EXHAUSTED',
        `Maximum number of custom roles (${MOST_ROLES}) on the project or organization reached.`,
      )
    const body = { name, stage: 'ALPHA', ...fields(role, world), etag: world.ids.etag() }
    world.store.put({ collection: 'roles', name, body, createdAtMs: world.clock.nowMs() })
    return body
  },
}

function roleOf({ resource }: Call, { store }: World): Entry {
  const entry = store.find(resource)
  if (entry?.collection !== 'roles') throw unknown(resource)
  return entry
}

export const getRole: Served = { handle: (call, world) => roleOf(call, world).body }

/** A predefined role. */
export const getPredefinedRole: Served = {
  handle: ({ resource }, { access }) => {
    const permissions = access.roles.predefined.get(resource)
    if (permissions === undefined) throw unknown(resource)
    return {
      name: resource,
      title: resource.replace('roles/', ''),
      includedPermissions: [...permissions],
      stage: 'GA',
      etag: 'AA==',
    }
  },
}

export const listRoles: Served = {
  handle: (call, world) => {
    const all = world.store
      .list('roles', `${call.resource}/`)
      .filter(({ body }) => body['deleted'] !== true || /^true$/i.test(only(call.query, 'showDeleted') ?? ''))
    const size = only(call.query, 'pageSize')
    const { items, nextPageToken } = page(all, {
      size: size === undefined ? undefined : Number(size),
      token: only(call.query, 'pageToken'),
      most: 300,
    })
    const full = only(call.query, 'view') === 'FULL'
    return {
      ...(items.length > 0 && { roles: items.map(({ body }) => (full ? body : withoutPermissions(body))) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    }
  },
}

function change(call: Call, world: World, edit: (body: JsonObject) => JsonObject): JsonObject {
  const entry = roleOf(call, world)
  const given = only(call.query, 'etag') ?? (call.body as RoleAsked).etag
  if (given !== undefined && given !== '' && given !== textOf(entry.body, 'etag'))
    throw new ApiError('ABORTED', 'There were concurrent role changes. Please retry with the current etag.')
  const body = { ...edit(entry.body), etag: world.ids.etag() }
  world.store.put({ ...entry, body })
  return body
}

export const patchRole: Served = {
  handle: (call, world) => {
    const mask = only(call.query, 'updateMask')?.split(',') ?? FIELDS.filter((field) => call.body[field] !== undefined)
    const changes = fields(call.body, world)
    return change(call, world, (body) => ({
      ...body,
      ...Object.fromEntries(Object.entries(changes).filter(([field]) => mask.includes(field))),
    }))
  },
}

/** A deleted role grants nothing; within seven days it can come back. */
export const deleteRole: Served = {
  handle: (call, world) => change(call, world, (body) => ({ ...body, deleted: true })),
}

export const undeleteRole: Served = {
  handle: (call, world) => change(call, world, ({ deleted: _deleted, ...body }) => body),
}

/** Permissions a custom role can have. */
export const queryTestablePermissions: Served = {
  handle: (call, { access }) => {
    const { pageSize, pageToken } = call.body as { readonly pageSize?: number; readonly pageToken?: string }
    const sorted = [...access.roles.permissions].toSorted().map((name) => ({ name, stage: 'GA' }))
    const { items, nextPageToken } = page(sorted, { size: pageSize, token: pageToken, most: 1000 })
    return { permissions: items, ...(nextPageToken !== undefined && { nextPageToken }) }
  },
}
