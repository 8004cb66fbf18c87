import type { DocumentSnapshot, Firestore } from '@google-cloud/firestore'
import { AgentSpec } from '../documents/agent.ts'
import { PlaneSpec } from '../documents/plane.ts'
import type { AgentRef, PlaneRef } from '../documents/ref.ts'
import { AgentStatus, PlaneStatus } from '../documents/status.ts'
import { planePath, uidOf } from '../documents/uid.ts'
import type { AgentView, Documents, PlaneView } from '../ports/documents.ts'
import { answered } from './errors.ts'
import { unpurged } from './firestore-lists.ts'
import { readAll, readOne, specIn, specPath, statusIn, statusPath, uidIn } from './firestore-snapshots.ts'

type Views = Pick<Documents, 'findPlane' | 'findAgent' | 'findAgentByUid' | 'viewPlane' | 'viewAgent'>

/** Reading what is wanted and what was observed. */
export const firestoreViews = (db: Firestore): Views => ({
  findPlane: async (plane) => {
    const snapshot = await readOne(db.doc(planePath(plane)), ['createdAt'])
    return snapshot.exists ? { kind: 'plane', plane, uid: uidIn(snapshot) } : undefined
  },
  findAgent: (plane, name) => findAgent(db, plane, name),
  findAgentByUid: (uid) => findAgentByUid(db, uid),
  viewPlane: (ref) => viewPlane(db, ref),
  viewAgent: (ref) => viewAgent(db, ref),
})

async function findAgent(db: Firestore, plane: string, name: string): Promise<AgentRef | undefined> {
  const ref = { kind: 'agent', plane, name } as const
  const docs = [db.doc(planePath(plane)), db.doc(specPath({ ...ref, planeUid: '', uid: '' }))]
  const [planeSpec, spec] = await answered('Firestore', db.getAll(...docs, { fieldMask: ['createdAt'] }))
  if (!spec?.exists) return undefined
  return { ...ref, planeUid: planeUidIn(plane, planeSpec), uid: uidIn(spec) }
}

/** An agent of a plane that does not exist still needs a status that says so, hence a uid for the plane. */
const planeUidIn = (plane: string, snapshot: DocumentSnapshot | undefined): string =>
  snapshot?.exists ? uidIn(snapshot) : uidOf(planePath(plane), '')

async function findAgentByUid(db: Firestore, uid: string): Promise<AgentRef | undefined> {
  const query = db.collectionGroup('agentStatus').where('uid', '==', uid).select('name', 'planeUid').limit(1)
  const [found] = (await answered('Firestore', query.get())).docs
  const plane = found?.ref.parent.parent?.id
  if (found === undefined || plane === undefined) return undefined
  return { kind: 'agent', plane, planeUid: String(found.get('planeUid')), name: String(found.get('name')), uid }
}

/** One request, as for an agent. Whether agents are left is asked once it is known that no more can come. */
async function viewPlane(db: Firestore, ref: PlaneRef): Promise<PlaneView> {
  const [observed, snapshot] = await readAll(db, statusPath(ref), specPath(ref))
  const status = observed && statusIn(observed, PlaneStatus)
  const spec = snapshot && specIn(snapshot, PlaneSpec)
  return {
    ref,
    spec: spec?.uid === ref.uid ? spec : undefined,
    status,
    ...(status?.status.target === 'absent' && { agentsLeft: await hasAgents(db, ref.plane) }),
  }
}

const hasAgents = async (db: Firestore, plane: string): Promise<boolean> =>
  !(await answered('Firestore', unpurged(db, plane).select().limit(1).get())).empty

/**
 * One request, because every pass begins with it: nothing it answers changed before the last of it was read.
 * https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#batchgetdocumentsresponse
 */
async function viewAgent(db: Firestore, ref: AgentRef): Promise<AgentView> {
  const asked: PlaneRef = { kind: 'plane', plane: ref.plane, uid: ref.planeUid }
  const paths = [statusPath(ref), specPath(asked), specPath(ref), statusPath(asked)]
  const [observed, planeSnapshot, snapshot, planeStatus] = await readAll(db, ...paths)
  const planeSpec = planeSnapshot && specIn(planeSnapshot, PlaneSpec)
  const planeRef = { ...asked, uid: planeSpec?.uid ?? asked.uid }
  // The plane may have been made after the ref was.
  const current = planeRef.uid === asked.uid ? planeStatus : await readOne(db.doc(statusPath(planeRef)))
  const spec = snapshot && specIn(snapshot, AgentSpec)
  return {
    ref,
    plane: { ref: planeRef, spec: planeSpec, status: current && statusIn(current, PlaneStatus) },
    spec: spec?.uid === ref.uid ? spec : undefined,
    status: observed && statusIn(observed, AgentStatus),
    successor: spec?.uid === ref.uid ? undefined : spec?.uid,
  }
}
