import { time } from '../clock.ts'
import { crc32c } from '../crc32c.ts'
import { ApiError, invalid } from '../errors.ts'
import { compileFilter } from '../filter.ts'
import { only } from '../gate/query.ts'
import { numbered } from '../iam/subjects.ts'
import { textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { drawMs } from '../options.ts'
import { page } from '../paging.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { refuseStaleEtag, secretOf } from './secrets.ts'

// https://cloud.google.com/secret-manager/quotas
const MOST_BYTES = 65_536

// A version's value is kept in the entry and never in what is shown of it.
type Kept = JsonObject & { readonly shown: JsonObject; readonly data?: string }

const numberOf = ({ name }: Entry): number => Number(name.slice(name.lastIndexOf('/') + 1))

const newestFirst = (secret: Entry, { store }: World): readonly Entry[] =>
  store.list('versions', `${secret.name}/versions/`).toSorted((a, b) => numberOf(b) - numberOf(a))

export const addVersion: Served = {
  handle: (call, world) => {
    const secret = secretOf(call.resource, world)
    const { data, dataCrc32c } = (call.body['payload'] ?? {}) as {
      readonly data?: string
      readonly dataCrc32c?: string | number
    }
    if (data === undefined || data === '') throw invalid('Secret Payload cannot be empty.')
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length > MOST_BYTES) throw invalid(`The secret payload exceeds the maximum size of ${MOST_BYTES} bytes.`)
    if (dataCrc32c !== undefined && String(dataCrc32c) !== String(crc32c(bytes)))
      throw invalid('The checksum of the secret payload is wrong.')
    const name = `${secret.name}/versions/${1 + numberOf(newestFirst(secret, world)[0] ?? { ...secret, name: '/0' })}`
    const nowMs = world.clock.nowMs()
    const shown = {
      name: numbered(name, world.store),
      createTime: time(nowMs),
      state: 'ENABLED',
      replicationStatus: secret.body['replication'] ?? { automatic: {} },
      etag: `"${world.ids.etag()}"`,
      ...(dataCrc32c !== undefined && { clientSpecifiedPayloadChecksum: true }),
    }
    const readyAtMs = nowMs + drawMs(world.options.propagation.latestMs, world.random)
    world.store.put({
      collection: 'versions',
      name,
      createdAtMs: nowMs,
      readyAtMs,
      body: { shown, data: bytes.toString('base64') },
    })
    return shown
  },
}

const kept = ({ body }: Entry): Kept => body as Kept

/** A version as it is now: one whose scheduled destruction has come has no value any more. */
function asOf(entry: Entry, nowMs: number): Entry {
  const { shown } = kept(entry)
  const scheduled = shown['scheduledDestroyTime']
  if (typeof scheduled !== 'string' || Date.parse(scheduled) > nowMs) return entry
  return { ...entry, body: { shown: { ...shown, state: 'DESTROYED', destroyTime: scheduled } } }
}

/** The version a request names: a number at once, `latest` and aliases when they have come round. */
function versionOf({ resource }: Call, world: World): Entry {
  const [secretName = '', key = ''] = resource.split('/versions/')
  const secret = secretOf(secretName, world)
  const aliases = (secret.body['versionAliases'] ?? {}) as Readonly<Record<string, string>>
  const number = aliases[key] ?? key
  const found =
    key === 'latest'
      ? newestFirst(secret, world).find(({ readyAtMs = 0 }) => readyAtMs <= world.clock.nowMs())
      : world.store.find(`${secretName}/versions/${number}`)
  if (found === undefined)
    throw new ApiError('NOT_FOUND', `Secret Version [${numbered(resource, world.store)}] not found.`)
  return asOf(found, world.clock.nowMs())
}

export const getVersion: Served = { handle: (call, world) => kept(versionOf(call, world)).shown }

export const accessVersion: Served = {
  handle: (call, world) => {
    const { shown, data = '' } = kept(versionOf(call, world))
    if (shown['state'] !== 'ENABLED')
      throw new ApiError(
        'FAILED_PRECONDITION',
        `Secret Version [${textOf(shown, 'name')}] is in ${textOf(shown, 'state')} state.`,
      )
    return { name: textOf(shown, 'name'), payload: { data, dataCrc32c: String(crc32c(Buffer.from(data, 'base64'))) } }
  },
}

export const listVersions: Served = {
  handle: (call, world) => {
    const matches = compileFilter(only(call.query, 'filter'))
    const found = newestFirst(secretOf(call.resource, world), world)
      .map((entry) => asOf(entry, world.clock.nowMs()))
      .filter((entry) => matches(kept(entry).shown))
    const size = only(call.query, 'pageSize')
    // Newest first is the order of this list alone, so the token counts down from names that sort the other way.
    const sorted = found.map((entry) => ({ name: String(1e9 - numberOf(entry)), entry }))
    const { items, nextPageToken } = page(sorted, {
      size: size === undefined ? undefined : Number(size),
      token: only(call.query, 'pageToken'),
      most: 25_000,
    })
    return {
      ...(items.length > 0 && { versions: items.map(({ entry }) => kept(entry).shown) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
      totalSize: found.length,
    }
  },
}

function change(call: Call, world: World, edit: (version: Kept, entry: Entry) => Kept): JsonObject {
  const entry = versionOf(call, world)
  const version = kept(entry)
  refuseStaleEtag(call.body['etag'], version.shown['etag'])
  if (version.shown['state'] === 'DESTROYED')
    throw new ApiError(
      'FAILED_PRECONDITION',
      `Secret Version [${textOf(version.shown, 'name')}] is in DESTROYED state.`,
    )
  const after = edit(version, entry)
  world.store.put({ ...entry, body: { ...after, shown: { ...after.shown, etag: `"${world.ids.etag()}"` } } })
  return kept(versionOf(call, world)).shown
}

const setState = (state: string): Served => ({
  handle: (call, world) =>
    change(call, world, ({ data, shown }) => {
      const { scheduledDestroyTime: _cancelled, ...rest } = shown
      return { ...(data !== undefined && { data }), shown: { ...rest, state } }
    }),
})

export const enableVersion = setState('ENABLED')
export const disableVersion = setState('DISABLED')

/** Destroys a version's value; with a destroy TTL it is disabled first and destroyed when that has passed. */
export const destroyVersion: Served = {
  handle: (call, world) =>
    change(call, world, ({ data, shown }, entry) => {
      const secret = secretOf(entry.name.split('/versions/')[0] ?? '', world)
      const ttl = secret.body['versionDestroyTtl']
      const nowMs = world.clock.nowMs()
      if (typeof ttl !== 'string') return { shown: { ...shown, state: 'DESTROYED', destroyTime: time(nowMs) } }
      const scheduledDestroyTime = time(nowMs + Number(ttl.slice(0, -1)) * 1000)
      return { ...(data !== undefined && { data }), shown: { ...shown, state: 'DISABLED', scheduledDestroyTime } }
    }),
}
