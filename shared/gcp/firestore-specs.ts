import { FieldValue } from '@google-cloud/firestore'
import type { DocumentSnapshot, Firestore } from '@google-cloud/firestore'
import { AgentSpec } from '../documents/agent.ts'
import { PlaneSpec } from '../documents/plane.ts'
import { AgentStatus } from '../documents/status.ts'
import { agentPath, planePath, uidOf } from '../documents/uid.ts'
import type { Clock } from '../ports/clock.ts'
import type { Changes, Listed } from '../ports/documents.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Log } from '../ports/log.ts'
import type { AgentDocument, PlaneDocument, SpecWriter } from '../ports/specs.ts'
import { answered, isAnswer } from './errors.ts'
import { listStatuses, unpurged } from './firestore-lists.ts'
import { allOf, pagesOf, readAll, readOne, specIn, statusIn, statusesPath, uidIn } from './firestore-snapshots.ts'
import { fieldsOf, updateAt } from './firestore-statuses.ts'
import { defined, microsOf, timestampOf } from './firestore-values.ts'
import { ulid } from './ids.ts'

const PAGE = 300
const MAX_TRIES = 20

/** What commands read and write, in Firestore. */
export const firestoreSpecs = (db: Firestore, clock: Clock, log: Log): SpecWriter => ({
  createPlane: async (plane, fields) => {
    await create(db, planePath(plane), fields)
    return (await planeAt(db, plane)).ref
  },
  createAgent: async (plane, name, fields) => {
    await planeAt(db, plane)
    await create(db, agentPath(plane, name), fields)
    return (await agentAt(db, plane, name)).ref
  },
  updatePlane: (plane, changes, generation) => update(db, planePath(plane), changes, generation),
  updateAgent: (plane, name, changes, generation) => update(db, agentPath(plane, name), changes, generation),
  getPlane: (plane) => found(planeAt(db, plane)),
  getAgent: (plane, name) => found(agentAt(db, plane, name)),
  listPlanes: () => listPlanes(db),
  listAgents: (plane) => listAgents(db, plane),
  listAgentStatuses: (plane, { includePurged }) => listAgentStatuses(db, plane, includePurged, log),
  getAgentStatus: async (ref) => statusIn(await readOne(db.doc(pathOf(ref))), AgentStatus),
  setPurgeAt: (ref, purgeAtMs) => setPurgeAt(db, pathOf(ref), purgeAtMs),
  audit: async (plane, entry) => {
    const doc = db.doc(`${planePath(plane)}/audit/${ulid(clock.nowMs())}`)
    await answered('Firestore', doc.create({ ...defined(entry), at: FieldValue.serverTimestamp() }))
  },
})

const pathOf = ({ plane, uid }: { readonly plane: string; readonly uid: string }): string =>
  `${statusesPath(plane)}/${uid}`

async function create(db: Firestore, path: string, fields: object): Promise<void> {
  const document = { ...defined(fields), createdAt: FieldValue.serverTimestamp() }
  try {
    await answered('Firestore', db.doc(path).create(document))
  } catch (error) {
    throw isAnswer(error, 'AlreadyExists')
      ? new ProviderError('AlreadyExists', `${path} exists already`, { cause: error })
      : error
  }
}

async function update(db: Firestore, path: string, changes: Changes, generation?: string): Promise<string> {
  const precondition = generation === undefined ? { exists: true } : { lastUpdateTime: timestampOf(generation) }
  try {
    const result = await answered('Firestore', db.doc(path).update(fieldsOf(changes), precondition))
    return microsOf(result.writeTime)
  } catch (error) {
    if (isAnswer(error, 'NotFound') || (isAnswer(error, 'Conflict') && !(await readOne(db.doc(path))).exists))
      throw missing(path)
    throw isAnswer(error, 'Conflict')
      ? new ProviderError('Conflict', `${path} was changed by somebody else; look at it and try again`, {
          cause: error,
        })
      : error
  }
}

const missing = (path: string): ProviderError => new ProviderError('NotFound', `there is no ${path}`)

const found = <T>(document: Promise<T>): Promise<T | undefined> =>
  document.catch((error: unknown) => {
    if (isAnswer(error, 'NotFound')) return undefined
    throw error
  })

async function planeAt(db: Firestore, plane: string): Promise<PlaneDocument> {
  return planeIn(await readOne(db.doc(planePath(plane))))
}

function planeIn(snapshot: DocumentSnapshot): PlaneDocument {
  const spec = specIn(snapshot, PlaneSpec)
  if (spec === undefined) throw missing(snapshot.ref.path)
  return { ...spec, ref: { kind: 'plane', plane: snapshot.id, uid: spec.uid } }
}

async function agentAt(db: Firestore, plane: string, name: string): Promise<AgentDocument> {
  const [planeSpec, spec] = await readAll(db, planePath(plane), agentPath(plane, name))
  if (planeSpec === undefined || spec === undefined) throw missing(agentPath(plane, name))
  return agentIn(spec, planeUidOf(planeSpec))
}

const planeUidOf = (snapshot: DocumentSnapshot): string =>
  snapshot.exists ? uidIn(snapshot) : uidOf(snapshot.ref.path, '')

function agentIn(snapshot: DocumentSnapshot, planeUid: string): AgentDocument {
  const spec = specIn(snapshot, AgentSpec)
  const plane = snapshot.ref.parent.parent?.id
  if (spec === undefined || plane === undefined) throw missing(snapshot.ref.path)
  return { ...spec, ref: { kind: 'agent', plane, planeUid, name: snapshot.id, uid: spec.uid } }
}

async function listPlanes(db: Firestore): Promise<readonly PlaneDocument[]> {
  const query = db.collection('planes')
  return (await allOf(pagesOf(query, PAGE))).map(planeIn)
}

async function listAgents(db: Firestore, plane: string): Promise<readonly AgentDocument[]> {
  const query = db.collection(`${planePath(plane)}/agents`)
  const [planeSpec, specs] = await Promise.all([
    readOne(db.doc(planePath(plane)), ['createdAt']),
    allOf(pagesOf(query, PAGE)),
  ])
  return specs.map((snapshot) => agentIn(snapshot, planeUidOf(planeSpec)))
}

async function listAgentStatuses(
  db: Firestore,
  plane: string,
  includePurged: boolean,
  log: Log,
): Promise<readonly Listed[]> {
  const query = includePurged ? db.collection(statusesPath(plane)) : unpurged(db, plane)
  return allOf(listStatuses(query, log))
}

async function setPurgeAt(db: Firestore, path: string, purgeAtMs: number): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = statusIn(await readOne(db.doc(path)), AgentStatus)
    if (current === undefined) throw missing(path)
    if ((await updateAt(db.doc(path), current.version, { purgeAtMs })) !== undefined) return
  }
  throw new ProviderError('Conflict', `${path} keeps changing; try again`)
}
