import type { AuditView } from '../api/views.ts'
import type { AuditRecord } from '../ports/specs.ts'
import { planeCommand } from './command.ts'
import { getPlane } from './find-agent.ts'

/** Who did what in a plane, the newest first. The trail outlives its plane. */
export const readAudit = planeCommand<'readAudit'>(['admin', 'viewer'], async ({ plane, ...query }, context) => {
  const { specs } = context.ports
  const entries = await specs.listAudit(plane, query)
  const [known] = entries.length > 0 ? entries : await specs.listAudit(plane, { limit: 1 })
  if (known === undefined) await getPlane(context, plane)
  return { entries: entries.map(told) }
})

/** A key is its sender's: who knew it could be taken for them. */
function told(record: AuditRecord): AuditView {
  const { key: _, asked: __, ...entry } = record
  return entry
}
