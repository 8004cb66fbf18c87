import type { AuditView } from '../api/views.ts'
import type { AuditRecord } from '../ports/specs.ts'
import { planeCommand } from './command.ts'
import { getPlane } from './find-agent.ts'

/** Who did what in a plane, the newest first. */
export const readAudit = planeCommand<'readAudit'>(['admin', 'viewer'], async ({ plane, ...query }, context) => {
  await getPlane(context, plane)
  const entries = await context.ports.specs.listAudit(plane, query)
  return { entries: entries.map(told) }
})

/** A key is its sender's: who knew it could be taken for them. */
function told(record: AuditRecord): AuditView {
  const { key: _, asked: __, ...entry } = record
  return entry
}
