import { compileFilter } from '../filter.ts'
import { only } from '../gate/query.ts'
import type { Query } from '../gate/query.ts'
import type { Json, JsonObject } from '../json.ts'
import { page } from '../paging.ts'
import type { Collection, Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { linkTo, scopeOf } from './references.ts'

const MOST = 500

type Listed = {
  readonly collection: Collection
  /** As in `compute#instanceList`. */
  readonly kind: string
  readonly show?: (entry: Entry, world: World) => JsonObject
}

function pageOf(call: Call, world: World, { collection, show = asIs }: Listed): ReturnType<typeof page<Shown>> {
  // https://cloud.google.com/compute/docs/reference/rest/v1/instances/list#query-parameters: several are in parentheses each.
  const matches = compileFilter(only(call.query, 'filter'), true)
  const shown = world.store
    .list(collection, `${call.resource}/`)
    .map((entry): Shown => ({ name: entry.name, body: show(entry, world) }))
    .filter(({ body }) => matches(body))
  return page(shown, sizeOf(call.query))
}

type Shown = { readonly name: string; readonly body: JsonObject }

const asIs = ({ body }: Entry): JsonObject => body

function sizeOf(query: Query): Parameters<typeof page>[1] {
  const size = only(query, 'maxResults')
  return { size: size === undefined ? undefined : Number(size), token: only(query, 'pageToken'), most: MOST }
}

/** `list` of one zone, one region, or what is global. */
export const list = (listed: Listed): Served => ({
  subject: ({ project }) => `projects/${project}`,
  handle: (call, world) => {
    const { items, nextPageToken } = pageOf(call, world, listed)
    return {
      kind: `compute#${listed.kind}List`,
      id: `${call.resource}/${listed.collection}`,
      ...(items.length > 0 && { items: items.map(({ body }) => body) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
      selfLink: linkTo(`${call.resource}/${listed.collection}`),
    }
  },
})

/** `aggregatedList`: every zone by name, those without a result with a warning, as Google does. */
export const aggregatedList = (listed: Listed): Served => ({
  subject: ({ project }) => `projects/${project}`,
  handle: (call, world) => {
    const { items, nextPageToken } = pageOf(call, world, listed)
    const groups = Map.groupBy(items, ({ name }) => scopeOf(name).split('/').slice(2).join('/'))
    const zones = Object.values(world.options.regions).flat()
    const scopes = [...new Set([...zones.map((zone) => `zones/${zone}`), ...groups.keys()])].toSorted()
    return {
      kind: `compute#${listed.kind}AggregatedList`,
      id: `${call.resource}/aggregated/${listed.collection}`,
      items: Object.fromEntries(
        scopes.map((scope): [string, Json] => {
          const found = groups.get(scope)
          return [
            scope,
            found === undefined
              ? { warning: emptyScope(scope) }
              : { [listed.collection]: found.map(({ body }) => body) },
          ]
        }),
      ),
      ...(nextPageToken !== undefined && { nextPageToken }),
      selfLink: linkTo(`${call.resource}/aggregated/${listed.collection}`),
    }
  },
})

const emptyScope = (scope: string): JsonObject => ({
  code: 'NO_RESULTS_ON_PAGE',
  message: `There are no results for scope '${scope}' on this page.`,
  data: [{ key: 'scope', value: scope }],
})
