import type { Entry } from '@google-cloud/logging'
import { LOG_ID, UID_LABEL } from '../documents/log-names.ts'
import type { LogLine, Logs } from '../ports/logs.ts'
import { redact } from '../process/redact.ts'
import { answered } from './errors.ts'
import { gapicOptions, once } from './google.ts'
import type { Google } from './google.ts'
import { lazily } from './lazily.ts'

/** What one page may hold. https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list */
const PAGE = 1000

/** What agents' machines wrote to Cloud Logging. The client takes a second to load, and only people's questions need it. */
export function googleLogs(google: Google): Logs {
  const library = lazily(() => import('@google-cloud/logging'))
  return {
    read: async ({ project, uid }, { sinceMs, limit, newest = false }) => {
      const { Logging } = await library()
      const logging = new Logging({ ...gapicOptions(google), projectId: project })
      const query = {
        resourceNames: [`projects/${project}`],
        filter: filterOf(project, uid, sinceMs),
        orderBy: newest ? 'timestamp desc' : 'timestamp asc',
        pageSize: Math.min(limit, PAGE),
        autoPaginate: false,
        gaxOptions: once(),
      }
      const entries: Entry[] = []
      let pageToken: string | null | undefined
      do {
        const call = logging.getEntries({ ...query, ...(pageToken && { pageToken }) })
        const [page, , answer] = await answered('Cloud Logging', call)
        entries.push(...page)
        pageToken = answer.nextPageToken
      } while (entries.length < limit && pageToken)
      const lines = entries.slice(0, limit).map(lineOf)
      return newest ? lines.toReversed() : lines
    },
  }
}

/** https://cloud.google.com/logging/docs/view/logging-query-language */
function filterOf(project: string, uid: string, sinceMs: number): string {
  // JSON writes and escapes text as that language does.
  const terms = [
    ['logName', '=', `projects/${project}/logs/${LOG_ID}`],
    [`labels.${JSON.stringify(UID_LABEL)}`, '=', uid],
    ['timestamp', '>', new Date(sinceMs).toISOString()],
  ]
  return terms.map(([field, operator, value]) => `${field}${operator}${JSON.stringify(value)}`).join(' AND ')
}

const lineOf = ({ metadata, data }: Entry): LogLine => ({
  atMs: momentOf(metadata.timestamp),
  severity: severityOf(metadata.severity),
  text: redact(textOf(data)),
})

function momentOf(at: Entry['metadata']['timestamp']): number {
  if (at instanceof Date || typeof at === 'string') return new Date(at).getTime()
  return Number(at?.seconds ?? 0) * 1000 + Math.floor((at?.nanos ?? 0) / 1_000_000)
}

/** A line is text, or structured with its text in `message`. */
function textOf(data: unknown): string {
  if (typeof data === 'string') return data
  const { message } = Object(data) as { readonly message?: unknown }
  return typeof message === 'string' ? message : ''
}

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
function severityOf(severity: Entry['metadata']['severity']): LogLine['severity'] {
  const name = String(severity)
  if (['ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'].includes(name)) return 'error'
  return name === 'WARNING' ? 'warning' : 'info'
}
