import type { Firestore, Query, QueryDocumentSnapshot } from '@google-cloud/firestore'
import type { AgentRef, PlaneRef } from '../documents/ref.ts'
import { AgentStatus, Phase } from '../documents/status.ts'
import { planePath } from '../documents/uid.ts'
import type { Documents, Listed } from '../ports/documents.ts'
import type { Log } from '../ports/log.ts'
import { answered } from './errors.ts'
import { pagesOf, statusIn, statusesPath, uidIn, versionOf } from './firestore-snapshots.ts'

const PAGE = 300

/** Phases of agents that still need their name. */
const PRESENT = Phase.options.filter((phase) => phase !== 'Purged' && phase !== 'Removed')

/** The statuses of a plane's agents that are not Purged. */
export const unpurged = (db: Firestore, plane: string): Query =>
  db.collection(statusesPath(plane)).where('phase', '!=', 'Purged')

/** The statuses of a plane's agents that were not removed. */
export const present = (db: Firestore, plane: string): Query =>
  db.collection(statusesPath(plane)).where('phase', 'in', PRESENT)

type Lists = Pick<Documents, 'findPredecessor' | 'listStatuses' | 'listSpecs' | 'listPlanes'>

/** Listing what there is. Something unreadable among many is logged and left out. */
export const firestoreLists = (db: Firestore, log: Log): Lists => ({
  findPredecessor: (ref) => findPredecessor(db, ref),
  listStatuses: (plane) => listStatuses(unpurged(db, plane), log),
  listSpecs: (plane) => listSpecs(db, plane),
  listPlanes: () => listPlanes(db),
})

async function findPredecessor(db: Firestore, { plane, name, uid }: AgentRef): Promise<string | undefined> {
  const ofName = db.collection(statusesPath(plane)).where('name', '==', name)
  const query = ofName.where('phase', 'in', PRESENT).select().limit(2)
  const { docs } = await answered('Firestore', query.get())
  return docs.find(({ id }) => id !== uid)?.id
}

/** Statuses in pages. */
export async function* listStatuses(query: Query, log: Log): AsyncGenerator<readonly Listed[]> {
  for await (const page of pagesOf(query, PAGE)) yield page.flatMap((snapshot) => readable(snapshot, log))
}

/** A status, or nothing where it cannot be read. */
export function readable(snapshot: QueryDocumentSnapshot, log: Log): readonly Listed[] {
  try {
    const listed = statusIn(snapshot, AgentStatus)
    return listed ? [listed] : []
  } catch (error) {
    log.error('status.unreadable', { plane: snapshot.ref.parent.parent?.id ?? '', uid: snapshot.id, count: 1, error })
    return []
  }
}

type Spec = { readonly ref: Omit<AgentRef, 'planeUid'>; readonly generation: string }

async function* listSpecs(db: Firestore, plane: string): AsyncGenerator<readonly Spec[]> {
  const query = db.collection(`${planePath(plane)}/agents`).select('createdAt')
  for await (const page of pagesOf(query, PAGE))
    yield page.map((snapshot) => ({
      ref: { kind: 'agent', plane, name: snapshot.id, uid: uidIn(snapshot) },
      generation: versionOf(snapshot),
    }))
}

async function listPlanes(db: Firestore): Promise<readonly PlaneRef[]> {
  const specs = db.collection('planes').select('createdAt').get()
  const statuses = db.collection('planeStatus').where('phase', '!=', 'Purged').select('name').get()
  const [wanted, observed] = await Promise.all([answered('Firestore', specs), answered('Firestore', statuses)])
  const refs = [
    ...wanted.docs.map((snapshot) => ({ plane: snapshot.id, uid: uidIn(snapshot) })),
    ...observed.docs.map((snapshot) => ({ plane: String(snapshot.get('name')), uid: snapshot.id })),
  ]
  return [...new Map(refs.map((ref) => [ref.uid, { kind: 'plane', ...ref } as const])).values()]
}
