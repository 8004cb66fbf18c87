import { FieldValue } from '@google-cloud/firestore'
import type { DocumentReference, Firestore } from '@google-cloud/firestore'
import type { Ref } from '../documents/ref.ts'
import type { AgentStatus, Status } from '../documents/status.ts'
import type { Changes, Documents } from '../ports/documents.ts'
import { answered, isAnswer } from './errors.ts'
import { specPath, statusPath, uidIn } from './firestore-snapshots.ts'
import { defined, microsOf, timestampOf } from './firestore-values.ts'

type Writes = Pick<Documents, 'createStatus' | 'updateStatus' | 'deleteSpec'>

/** Writing what was observed, by compare-and-set. */
export const firestoreStatuses = (db: Firestore): Writes => ({
  createStatus: (ref, status) => createStatus(db, ref, status),
  updateStatus: (ref, version, changes) => updateAt(db.doc(statusPath(ref)), version, changes),
  deleteSpec: (ref, generation) => deleteSpec(db, ref, generation),
})

async function createStatus(db: Firestore, ref: Ref, status: Status): Promise<boolean> {
  const doc = db.doc(statusPath(ref))
  const created = admits(status) ? admit(db, doc, ref, status) : doc.create(defined(status)).then(() => true)
  try {
    return await answered('Firestore', created)
  } catch (error) {
    if (isAnswer(error, 'AlreadyExists')) return false
    throw error
  }
}

const admits = (status: Status): status is AgentStatus =>
  status.kind === 'agent' && status.accepted !== undefined && status.target !== 'absent'

/**
 * In one transaction, because a plane that closes in between would be left with an agent, and an agent whose spec went in
 * between would be made for nobody.
 */
const admit = (db: Firestore, doc: DocumentReference, ref: Ref, status: AgentStatus): Promise<boolean> =>
  db.runTransaction(async (transaction) => {
    const [plane, spec] = await transaction.getAll(db.doc(`planeStatus/${status.planeUid}`), db.doc(specPath(ref)))
    if (!plane?.exists || plane.get('target') === 'absent') return false
    if (!spec?.exists || uidIn(spec) !== ref.uid) return false
    transaction.create(doc, defined(status))
    return true
  })

/** Changes fields of a document that is still at `version`. The new version, or undefined when it is not. */
export async function updateAt(doc: DocumentReference, version: string, changes: Changes): Promise<string | undefined> {
  const write = doc.update(fieldsOf(changes), { lastUpdateTime: timestampOf(version) })
  try {
    return microsOf((await answered('Firestore', write)).writeTime)
  } catch (error) {
    if (isAnswer(error, 'Conflict', 'NotFound')) return undefined
    throw error
  }
}

/** Changes as Firestore takes them. */
export const fieldsOf = (changes: Changes): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(changes).map(([path, value]) => [path, value === undefined ? FieldValue.delete() : defined(value)]),
  )

async function deleteSpec(db: Firestore, ref: Ref, generation: string): Promise<void> {
  const deletion = db.doc(specPath(ref)).delete({ lastUpdateTime: timestampOf(generation) })
  try {
    await answered('Firestore', deletion)
  } catch (error) {
    // An edited spec is not the one that is done with; an absent one is.
    if (!isAnswer(error, 'Conflict', 'NotFound')) throw error
  }
}
