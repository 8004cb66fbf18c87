import { createHash } from 'node:crypto'
import { LOG_ID, UID_LABEL } from '../../../shared/documents/log-names.ts'
import type { Owner } from './facts.ts'
import type { JournalLine } from './journal-line.ts'
import type { InstancePlace } from './metadata-server.ts'
import { Refused } from './refused.ts'

/** Whose lines they are, and which machine's. */
export type LogSource = Owner & { readonly instance: InstancePlace }

/** Writes lines where its agent's are read. @throws Refused when they will never be taken; anything else may pass */
export type WriteLines = (lines: readonly JournalLine[]) => Promise<void>

export const LOGGING_URL = 'https://logging.googleapis.com'

const TIMEOUT_MS = 15_000

/** Cloud Logging over REST. https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/write */
export const cloudLogging =
  (url: string, source: LogSource, accessToken: () => Promise<string>): WriteLines =>
  async (lines) => {
    const response = await fetch(`${url}/v2/entries:write`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await accessToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify(writeRequest(source, lines)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.arrayBuffer()
    if (response.status === 400) throw new Refused('Cloud Logging does not take these lines')
    if (!response.ok) throw new Error(`Cloud Logging answered ${response.status}`)
  }

/** What is sent for some lines. The labels are claims: whoever may write logs of the project may write any. */
export const writeRequest = ({ project, planeUid, uid, instance }: LogSource, lines: readonly JournalLine[]) => ({
  logName: `projects/${project}/logs/${LOG_ID}`,
  resource: {
    type: 'gce_instance',
    labels: { project_id: project, zone: instance.zone, instance_id: instance.id },
  },
  labels: { 'ap-plane': planeUid, [UID_LABEL]: uid },
  // One line that is not taken keeps no other back.
  partialSuccess: true,
  entries: lines.map(({ cursor, at, severity, text }) => ({
    insertId: insertIdOf(cursor),
    timestamp: at,
    severity,
    textPayload: text,
  })),
})

/** Cloud Logging shows one of those that share time and insertId, so that a line sent again is no second one. */
const insertIdOf = (cursor: string): string => createHash('sha256').update(cursor).digest('hex').slice(0, 32)
