import { ApiError, invalid } from '../errors.ts'
import { only } from '../gate/query.ts'
import { asText, compact, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { drawMs } from '../options.ts'
import { page } from '../paging.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { getIamPolicy, setIamPolicy, testIamPermissions } from './policies.ts'
import type { PolicyMethods } from './policies.ts'

const ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/
// https://cloud.google.com/iam/docs/service-accounts-delete-undelete
const UNDELETE_WITHIN_MS = 30 * 24 * 3600 * 1000
const MOST_BYTES = { displayName: 100, description: 256 }

const unknown = (): ApiError => new ApiError('NOT_FOUND', 'Unknown service account')

const idOf = ({ body }: Call): string => asText(body['accountId'] ?? '')

export const createAccount: Served = {
  handle: (call, world) => {
    const { store, options, ids, clock, random } = world
    const accountId = idOf(call)
    if (!ID.test(accountId))
      throw invalid(
        `Invalid accountId '${accountId}': 6 to 30 lowercase letters, digits and '-', a letter first, no '-' last.`,
      )
    const email = `${accountId}@${call.project}.iam.gserviceaccount.com`
    const name = `projects/${call.project}/serviceAccounts/${email}`
    if (store.find(name) !== undefined)
      throw new ApiError(
        'ALREADY_EXISTS',
        `Service account ${accountId} already exists within project projects/${call.project}.`,
      )
    if (store.list('accounts', `projects/${call.project}/`).length >= options.quotas.accountsPerProject)
      throw new ApiError('RESOURCE_EXHAUSTED', 'Maximum number of service accounts on project reached.')
    const texts = textsOf((call.body['serviceAccount'] ?? {}) as JsonObject)
    const nowMs = clock.nowMs()
    const forbiddenUntilMs = nowMs + drawMs(options.propagation.accountForbiddenMs, random)
    const readyAtMs = forbiddenUntilMs + drawMs(options.propagation.accountMissingMs, random)
    const uniqueId = ids.unique()
    const body = {
      name,
      projectId: call.project,
      uniqueId,
      email,
      ...texts,
      etag: ids.etag(),
      oauth2ClientId: uniqueId,
    }
    store.put({ collection: 'accounts', name, body, createdAtMs: nowMs, forbiddenUntilMs, readyAtMs })
    return body
  },
}

function textsOf(account: JsonObject): JsonObject {
  for (const [field, most] of Object.entries(MOST_BYTES))
    if (Buffer.byteLength(asText(account[field] ?? '')) > most)
      throw invalid(`The ${field} of a service account has at most ${most} bytes.`)
  return compact({ displayName: account['displayName'] || undefined, description: account['description'] || undefined })
}

/** The account's name behind a request: by e-mail address or unique id, with or without its project. */
export function accountName(resource: string, { store }: Pick<World, 'store'>): string {
  if (store.find(resource) !== undefined) return resource
  const [, project = '', , key = ''] = resource.split('/')
  const all = store.list('accounts', project === '-' ? 'projects/' : `projects/${project}/`)
  return all.find(({ body }) => body['email'] === key || body['uniqueId'] === key)?.name ?? resource
}

/** The account, when everybody can see it by now. A fresh one is forbidden first, then unknown. */
function accountOf({ resource }: Call, world: World): Entry {
  const account = world.store.find(resource)
  const nowMs = world.clock.nowMs()
  if (account !== undefined && nowMs < (account.forbiddenUntilMs ?? 0))
    throw new ApiError(
      'PERMISSION_DENIED',
      "Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist).",
    )
  if (account === undefined || nowMs < (account.readyAtMs ?? 0)) throw unknown()
  return account
}

export const getAccount: Served = { handle: (call, world) => accountOf(call, world).body }

export const listAccounts: Served = {
  handle: (call, world) => {
    const nowMs = world.clock.nowMs()
    const seen = world.store
      .list('accounts', `projects/${call.project}/`)
      .filter(({ readyAtMs = 0 }) => readyAtMs <= nowMs)
    const size = only(call.query, 'pageSize')
    const { items, nextPageToken } = page(seen, {
      size: size === undefined ? 20 : Number(size),
      token: only(call.query, 'pageToken'),
      most: 100,
    })
    return {
      ...(items.length > 0 && { accounts: items.map(({ body }) => body) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    }
  },
}

export const patchAccount: Served = {
  handle: (call, world) => {
    const account = accountOf(call, world)
    const { serviceAccount = {}, updateMask = '' } = call.body as {
      readonly serviceAccount?: JsonObject
      readonly updateMask?: string
    }
    const paths = updateMask.split(',').map((path) => (path === 'display_name' ? 'displayName' : path))
    if (!paths.every((path) => path in MOST_BYTES))
      throw invalid(`Invalid update mask '${updateMask}': displayName and description can be changed.`)
    const changes = Object.fromEntries(paths.map((path) => [path, serviceAccount[path] ?? '']))
    const body = { ...account.body, ...textsOf(changes), etag: world.ids.etag() }
    world.store.put({ ...account, body })
    return { name: textOf(body, 'name'), ...changes }
  },
}

const setDisabled = (disabled: boolean): Served => ({
  handle: (call, world) => {
    const account = accountOf(call, world)
    const { disabled: _before, ...body } = account.body
    world.store.put({ ...account, body: { ...body, ...(disabled && { disabled }) } })
    return {}
  },
})

export const disableAccount = setDisabled(true)
export const enableAccount = setDisabled(false)

/** Deleted accounts can come back for 30 days; one made again under the same name is somebody else. */
export const deleteAccount: Served = {
  handle: (call, world) => {
    const account = accountOf(call, world)
    const name = `projects/${call.project}/deletedAccounts/${textOf(account.body, 'uniqueId')}`
    world.store.delete(account.name)
    world.store.put({ ...account, name, collection: 'deletedAccounts', createdAtMs: world.clock.nowMs() })
    return {}
  },
}

const deletedOf = ({ resource }: Pick<Call, 'resource'>, { store }: Pick<World, 'store'>): Entry | undefined =>
  store.list('deletedAccounts', 'projects/').find(({ name }) => name.endsWith(`/${resource.split('/').at(-1) ?? ''}`))

export const undeleteAccount: Served = {
  handle: (call, world) => {
    const { store, clock } = world
    const gone = deletedOf(call, world)
    if (gone === undefined || clock.nowMs() > gone.createdAtMs + UNDELETE_WITHIN_MS) throw unknown()
    const name = textOf(gone.body, 'name')
    if (store.find(name) !== undefined)
      throw new ApiError('FAILED_PRECONDITION', 'A service account with this name exists again.')
    store.delete(gone.name)
    store.put({ ...gone, name, collection: 'accounts' })
    return { restoredAccount: gone.body }
  },
}

const policy: PolicyMethods = { holder: accountOf, setPermission: 'iam.serviceAccounts.setIamPolicy' }

export const getAccountPolicy = getIamPolicy(policy)
export const setAccountPolicy = setIamPolicy(policy)
export const testAccountPermissions = testIamPermissions((call, world) => accountOf(call, world).name)
