import type { AuditEntry } from '../../shared/ports/specs.ts'
import { slackRecordsContract } from '../contract/slack-records.ts'
import { fakeSlackRecords } from '../fakes/slack-records.ts'

slackRecordsContract(() => {
  const entries: AuditEntry[] = []
  const records = fakeSlackRecords(async (_, entry) => void entries.push(entry))
  return { records, entries: async () => entries }
})
