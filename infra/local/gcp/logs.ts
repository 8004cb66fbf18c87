import { time } from './clock.ts'
import { invalid } from './errors.ts'
import { compileFilter } from './filter.ts'
import { asText } from './json.ts'
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
  const entries: JsonObject[] = []
  const known = new Set<string>()
  return {
    write: (entry) => {
      const { logName, timestamp, insertId } = entry
      const name = JSON.stringify([logName, timestamp, insertId])
      // Of those that share all three, one is shown: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
      if (insertId !== undefined && known.has(name)) return
      known.add(name)
      entries.push(entry)
    },
    entries: () => [...entries],
  }
}

const MOST = 1000

/** The projects a request about logs is about, as `projects/P`: those it reads, or those whose logs it writes. */
export function projectsOfLogs({ resourceNames, logName, entries }: JsonObject): readonly string[] {
  const own = ((entries ?? []) as readonly JsonObject[]).flatMap((entry) => entry['logName'] ?? [])
  const written = [logName ?? [], own].flat().map(asText)
  const names = (resourceNames as readonly string[] | undefined) ?? written
  return [...new Set(names.map((name) => /^projects\/[^/]+/.exec(name)?.[0] ?? ''))]
}

function projectsOf({ body }: Call): readonly string[] {
  const { resourceNames = [] } = body as Asked
  if (resourceNames.length === 0) throw invalid('resourceNames must name at least one project.')
  const other = resourceNames.find((name) => !/^projects\/[^/]+$/.test(name))
  if (other !== undefined) throw invalid(`Resource name '${other}' must be 'projects/…'.`)
  return resourceNames
}

const checksOn =
  (permission: string) =>
  ({ body }: Call): readonly Check[] =>
    projectsOfLogs(body).map((resource) => ({ permission, resource }))

type Writing = {
  readonly logName?: string
  readonly resource?: JsonObject
  readonly labels?: JsonObject
  readonly entries?: readonly (JsonObject & Pick<Writing, 'logName' | 'resource' | 'labels'>)[]
  readonly dryRun?: boolean
}

const LOG_NAME = /^projects\/[^/]+\/logs\/[\w.%-]{1,512}$/

/** Entries as they were written, each with what the request says of all of them. */
export const writeEntries: Served = {
  checks: checksOn('logging.logEntries.create'),
  handle: ({ body }, { logs, clock, ids }) => {
    const { entries = [], dryRun, ...all } = body as Writing
    if (entries.length === 0) throw invalid('At least one log entry must be specified.')
    const now = time(clock.nowMs())
    const whole = entries.map((entry): JsonObject => {
      const { logName = all.logName ?? '', resource = all.resource } = entry
      if (!LOG_NAME.test(logName)) throw invalid(`Log name '${logName}' must be 'projects/…/logs/…'.`)
      if (resource?.['type'] === undefined) throw invalid('A monitored resource with a type must be specified.')
      const labels = { ...all.labels, ...entry.labels }
      return { timestamp: now, insertId: ids.numeric(), ...entry, logName, resource, labels, receiveTimestamp: now }
    })
    if (dryRun !== true) for (const entry of whole) logs.write(entry)
    return {}
  },
}

/** Entries of projects, by filter, oldest first unless asked otherwise. */
export const listEntries: Served = {
  checks: checksOn('logging.logEntries.list'),
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
