import { FieldValue, Timestamp } from '@google-cloud/firestore'
import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore'
import { planePath } from '../documents/uid.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Member, SpecWriter } from '../ports/specs.ts'
import { isAnswer } from './errors.ts'
import { allOf, pagesOf, readOne } from './firestore-snapshots.ts'
import type { Recorded } from './firestore-trail.ts'
import { momentOf } from './firestore-values.ts'

const PAGE = 300

/** Who has which role in a plane, in Firestore: documents `planes/{plane}/members/{email}`. */
export const firestoreMembers = (
  db: Firestore,
  recorded: Recorded,
): Pick<SpecWriter, 'getMember' | 'listMembers' | 'putMember' | 'removeMember'> => ({
  getMember: async (plane, email) => memberIn(await readOne(memberDoc(db, plane, email))),
  listMembers: async (plane) => {
    const found = await allOf(pagesOf(db.collection(`${planePath(plane)}/members`), PAGE))
    return found.flatMap((snapshot) => memberIn(snapshot) ?? [])
  },
  putMember: async (plane, { email, role }, before, entry) => {
    const doc = memberDoc(db, plane, email)
    await faster(email, () =>
      recorded(
        (batch) =>
          before === undefined
            ? batch.create(doc, { role, createdAt: FieldValue.serverTimestamp() })
            : batch.update(doc, { role }, { exists: true }),
        { plane, entry },
      ),
    )
  },
  removeMember: async (plane, email, entry) => {
    const doc = memberDoc(db, plane, email)
    await faster(email, () => recorded((batch) => batch.delete(doc, { exists: true }), { plane, entry }))
  },
})

const memberDoc = (db: Firestore, plane: string, email: string): DocumentReference =>
  db.doc(`${planePath(plane)}/members/${email}`)

/** A document with another role than we know gives none. */
function memberIn(snapshot: DocumentSnapshot): Member | undefined {
  const role: unknown = snapshot.get('role')
  if (role !== 'admin' && role !== 'viewer') return undefined
  const createdAt: unknown = snapshot.get('createdAt')
  const moment = createdAt instanceof Timestamp ? createdAt : snapshot.createTime
  return { email: snapshot.id, role, createdAt: momentOf(moment ?? new Timestamp(0, 0)) }
}

/** Two admins may change one membership at the same moment; the second is told. */
async function faster(email: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isAnswer(error, 'AlreadyExists', 'NotFound', 'Conflict')) throw error
    throw new ProviderError('Conflict', `the role of ${email} was changed by somebody else; look at it and try again`, {
      cause: error,
    })
  }
}
