import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { Documents } from '../../shared/ports/documents.ts'
import { agentFields, planeFields, planeStatus } from './statuses.ts'

type Fields = Readonly<Record<string, unknown>>

/** Some documents, and what people do to them. */
export type DocumentsSubject = {
  readonly documents: Documents
  /** Writes a spec, keeping `createdAt` of the one that is there. */
  readonly putPlane: (plane: string, fields: Fields) => Promise<PlaneRef>
  readonly putAgent: (plane: string, name: string, fields: Fields) => Promise<AgentRef>
  /** Deletes a spec; what is written after it has another `createdAt`. */
  readonly removeAgent: (plane: string, name: string) => Promise<void>
}

/** A plane `acme` that is open, and its agent `ada`. */
export async function acme({
  documents,
  putPlane,
  putAgent,
}: DocumentsSubject): Promise<{ plane: PlaneRef; ada: AgentRef }> {
  const plane = await putPlane('acme', planeFields)
  await documents.createStatus(plane, planeStatus(plane))
  return { plane, ada: await putAgent('acme', 'ada', agentFields) }
}

/** The same agent under another uid. */
export const other = (ref: AgentRef, uid: string): AgentRef => ({ ...ref, uid })
