import { FieldValue } from '@google-cloud/firestore'
import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore'
import { PlaneSpec } from '../documents/plane.ts'
import { AgentStatus } from '../documents/status.ts'
import { agentPath, planePath } from '../documents/uid.ts'
import type { Clock } from '../ports/clock.ts'
import type { Changes } from '../ports/documents.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Log } from '../ports/log.ts'
import type { AgentDocument, AuditEntry, PlaneDocument, SpecWriter, Trail, WriteOptions } from '../ports/specs.ts'
import { isAnswer } from './errors.ts'
import { firestoreAgents } from './firestore-agents.ts'
import { firestoreMembers } from './firestore-members.ts'
import {
  agentIn,
  allOf,
  missing,
  pagesOf,
  planeUidOf,
  readAll,
  readOne,
  specIn,
  statusIn,
  statusesPath,
} from './firestore-snapshots.ts'
import { fieldsOf } from './firestore-statuses.ts'
import { firestoreTrail, recordedBy } from './firestore-trail.ts'
import type { Recorded } from './firestore-trail.ts'
import { defined, microsOf, timestampOf } from './firestore-values.ts'

const PAGE = 300
const MAX_TRIES = 20

/** What commands read and write, in Firestore. */
export function firestoreSpecs(db: Firestore, clock: Clock, log: Log): SpecWriter {
  const recorded = recordedBy(db, clock)
  return {
    ...firestoreMembers(db, recorded),
    ...firestoreTrail(db, clock),
    ...firestoreAgents(db, log),
    createPlane: async (plane, fields, entry) => {
      await create(recorded, db.doc(planePath(plane)), fields, trailIn(plane, entry))
      return (await planeAt(db, plane)).ref
    },
    createAgent: async (plane, name, fields, entry) => {
      await planeAt(db, plane)
      await create(recorded, db.doc(agentPath(plane, name)), fields, trailIn(plane, entry))
      return (await agentAt(db, plane, name)).ref
    },
    updatePlane: (plane, changes, options) =>
      update(recorded, db.doc(planePath(plane)), changes, { plane, ...options }),
    updateAgent: (plane, name, changes, options) =>
      update(recorded, db.doc(agentPath(plane, name)), changes, { plane, ...options }),
    getPlane: (plane) => found(planeAt(db, plane)),
    getAgent: (plane, name) => found(agentAt(db, plane, name)),
    listPlanes: () => listPlanes(db),
    getAgentStatus: async (ref) => statusIn(await readOne(db.doc(pathOf(ref))), AgentStatus),
    setPurgeAt: (ref, purgeAtMs, entry) =>
      setPurgeAt(recorded, db.doc(pathOf(ref)), purgeAtMs, trailIn(ref.plane, entry)),
  }
}

/** Tests and tools write without an entry. */
const trailIn = (plane: string, entry: AuditEntry | undefined): Trail | undefined => entry && { plane, entry }

const pathOf = ({ plane, uid }: { readonly plane: string; readonly uid: string }): string =>
  `${statusesPath(plane)}/${uid}`

async function create(recorded: Recorded, doc: DocumentReference, fields: object, trail: Trail | undefined) {
  const document = { ...defined(fields), createdAt: FieldValue.serverTimestamp() }
  try {
    await recorded((batch) => batch.create(doc, document), trail)
  } catch (error) {
    throw isAnswer(error, 'AlreadyExists')
      ? new ProviderError('AlreadyExists', `${doc.path} exists already`, { cause: error })
      : error
  }
}

async function update(
  recorded: Recorded,
  doc: DocumentReference,
  changes: Changes,
  { plane, generation, entry }: WriteOptions & { readonly plane: string },
): Promise<string> {
  const precondition = generation === undefined ? { exists: true } : { lastUpdateTime: timestampOf(generation) }
  try {
    const result = await recorded((batch) => batch.update(doc, fieldsOf(changes), precondition), trailIn(plane, entry))
    return microsOf(result.writeTime)
  } catch (error) {
    if (isAnswer(error, 'NotFound') || (isAnswer(error, 'Conflict') && !(await readOne(doc)).exists))
      throw missing(doc.path)
    throw isAnswer(error, 'Conflict')
      ? new ProviderError('Conflict', `${doc.path} was changed by somebody else; look at it and try again`, {
          cause: error,
        })
      : error
  }
}

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

async function listPlanes(db: Firestore): Promise<readonly PlaneDocument[]> {
  const query = db.collection('planes')
  return (await allOf(pagesOf(query, PAGE))).map(planeIn)
}

async function setPurgeAt(recorded: Recorded, doc: DocumentReference, purgeAtMs: number, trail: Trail | undefined) {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = statusIn(await readOne(doc), AgentStatus)
    if (current === undefined) throw missing(doc.path)
    const precondition = { lastUpdateTime: timestampOf(current.version) }
    try {
      await recorded((batch) => batch.update(doc, { purgeAtMs }, precondition), trail)
      return
    } catch (error) {
      // The engine writes this document too.
      if (!isAnswer(error, 'Conflict', 'NotFound')) throw error
    }
  }
  throw new ProviderError('Conflict', `${doc.path} keeps changing; try again`)
}
