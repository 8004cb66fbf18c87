// Unix user ap-logs runs this: it takes what our units said from the journal to Cloud Logging.
import { writeWhole } from '../../../shared/process/files.ts'
import { messageOf } from '../message-of.ts'
import { LOGGING_URL, cloudLogging } from './cloud-logging.ts'
import { parseOwner } from './facts.ts'
import { followJournal, readCursor } from './follow-journal.ts'
import { journal } from './journal.ts'
import { LAYOUT } from './layout.ts'
import { metadataServer } from './metadata-server.ts'
import { Refused } from './refused.ts'
import { shipLogs } from './ship-logs.ts'

/** The unit is not started again after it. */
const EXIT_REFUSED = 78

const abort = new AbortController()
process.once('SIGTERM', () => abort.abort())

const { signal } = abort
const metadata = metadataServer()
try {
  // Not the checked facts: where those were refused, somebody has to be told.
  const owner = parseOwner(await metadata.project(), await metadata.attributes())
  const source = { ...owner, instance: await metadata.instance() }
  const url = process.env['AP_LOGGING_URL'] ?? LOGGING_URL
  await shipLogs({
    lines: followJournal({ after: await readCursor(LAYOUT.logCursor), signal }),
    write: cloudLogging(url, source, () => metadata.accessToken()),
    keepCursor: (cursor) => writeWhole(LAYOUT.logCursor, cursor),
    journal,
    signal,
  })
} catch (error) {
  journal.warn(`logs cannot be sent: ${messageOf(error)}`)
  process.exitCode = error instanceof Refused ? EXIT_REFUSED : 1
}
