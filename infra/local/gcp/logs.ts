import { asText } from './json.ts'
import { invalid } from './errors.ts'
import { compileFilter } from './filter.ts'
import type { JsonObject } from './json.ts'
import { page } from './paging.ts'
import type { Call, Check, Served } from './world.ts'

type Asked = {
  readonly resourceNames?: readonly string[]
  readonly filter?: string
  readonly orderBy?: string
  readonly pageSize?: number
  readonly pageToken?: string
}

/** Log entries, kept in the order they came. */
export type Logs = {
  readonly write: (entry: JsonObject) => void
  readonly entries: () => readonly JsonObject[]
}

export function memoryLogs(): Logs {
  let entries: readonly JsonObject[] = []
  return {
    write: (entry) => {
      entries = [...entries, entry]
    },
    entries: () => entries,
  }
}

const MOST = 1000

function projectsOf({ body }: Call): readonly string[] {
  const { resourceNames = [] } = body as Asked
  if (resourceNames.length === 0) throw invalid('resourceNames must name at least one project.')
  return resourceNames.map((name) => {
    const project = /^projects\/[^/]+$/.exec(name)?.[0]
    if (project === undefined) throw invalid(`Resource name '${name}' must be 'projects/…'.`)
    return project
  })
}

/** Entries of projects, by filter, oldest first unless asked otherwise. */
export const listEntries: Served = {
  subject: (call) => projectsOf(call)[0] ?? '',
  checks: (call): readonly Check[] =>
    projectsOf(call).map((resource) => ({ permission: 'logging.logEntries.list', resource })),
  handle: (call, { logs }) => {
    const { filter, orderBy = 'timestamp asc', pageSize, pageToken } = call.body as Asked
    if (orderBy !== '' && orderBy !== 'timestamp asc' && orderBy !== 'timestamp desc')
      throw invalid(`orderBy '${orderBy}' is not supported.`)
    const matches = compileFilter(filter)
    const projects = projectsOf(call)
    const found = logs
      .entries()
      .map((entry, index) => ({ entry, index }))
      .filter(
        ({ entry }) => projects.some((project) => asText(entry['logName']).startsWith(`${project}/`)) && matches(entry),
      )
      .toSorted(
        (a, b) =>
          Date.parse(asText(a.entry['timestamp'])) - Date.parse(asText(b.entry['timestamp'])) || a.index - b.index,
      )
    const ordered = orderBy === 'timestamp desc' ? found.toReversed() : found
    const named = ordered.map(({ entry }, index) => ({ name: String(index).padStart(9, '0'), entry }))
    const { items, nextPageToken } = page(named, { size: pageSize, token: pageToken, most: MOST })
    return {
      ...(items.length > 0 && { entries: items.map(({ entry }) => entry) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    }
  },
}
