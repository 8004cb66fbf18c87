import { FieldValue } from '@google-cloud/firestore'
import type {
  DocumentReference,
  DocumentSnapshot,
  Firestore,
  Query,
  WriteBatch,
  WriteResult,
} from '@google-cloud/firestore'
import { z } from 'zod'
import { planePath } from '../documents/uid.ts'
import type { Clock } from '../ports/clock.ts'
import type { AuditEntry, AuditQuery, AuditRecord, SpecWriter, Trail } from '../ports/specs.ts'
import { answered } from './errors.ts'
import { readOne } from './firestore-snapshots.ts'
import { defined, plain } from './firestore-values.ts'
import { ulid } from './ids.ts'

/** One write, and the entry that says whose it was, if it leaves one: Firestore does both or neither. */
export type Recorded = (write: (batch: WriteBatch) => void, trail: Trail | undefined) => Promise<WriteResult>

/** Writes that leave their entry in the audit trail. */
export const recordedBy =
  (db: Firestore, clock: Clock): Recorded =>
  async (write, trail) => {
    const batch = db.batch()
    write(batch)
    if (trail !== undefined) batch.create(entryDoc(db, clock, trail.plane), written(trail.entry))
    const [result] = await answered('Firestore', batch.commit())
    return result as WriteResult
  }

/** The audit trail of each plane, in Firestore. */
export const firestoreTrail = (db: Firestore, clock: Clock): Pick<SpecWriter, 'audit' | 'findAudit' | 'listAudit'> => ({
  audit: async (plane, entry) => {
    await answered('Firestore', entryDoc(db, clock, plane).create(written(entry)))
  },
  findAudit: async (plane, key) => {
    const [found] = await entriesIn(trailOf(db, plane).where('key', '==', key).limit(1))
    return found
  },
  listAudit: (plane, query) => listAudit(db, plane, query),
})

const trailOf = (db: Firestore, plane: string) => db.collection(`${planePath(plane)}/audit`)

const entryDoc = (db: Firestore, clock: Clock, plane: string): DocumentReference =>
  trailOf(db, plane).doc(ulid(clock.nowMs()))

const written = (entry: AuditEntry) => ({ ...defined(entry), at: FieldValue.serverTimestamp() })

async function listAudit(
  db: Firestore,
  plane: string,
  { agent, before, limit }: AuditQuery,
): Promise<readonly AuditRecord[]> {
  const all = trailOf(db, plane)
  const some = agent === undefined ? all : all.where('agent', '==', agent)
  const newest = some.orderBy('at', 'desc')
  if (before === undefined) return entriesIn(newest.limit(limit))
  const last = await readOne(all.doc(before))
  return last.exists ? entriesIn(newest.startAfter(last).limit(limit)) : []
}

async function entriesIn(query: Query): Promise<readonly AuditRecord[]> {
  const { docs } = await answered('Firestore', query.get())
  return docs.map(recordIn)
}

const Fields = z.record(z.string(), z.unknown())

/** Read leniently: entries of an older release, and those that triggers write, have fewer fields. */
const Entry = z.object({
  actor: z.string(),
  surface: z.enum(['cli', 'plugin', 'console', 'slack', 'api']).default('api'),
  action: z.string(),
  agent: z.string().optional(),
  member: z.string().optional(),
  before: Fields.optional(),
  after: Fields.optional(),
  requestId: z.string().default(''),
  key: z.string().optional(),
  asked: z.string().optional(),
  at: z.string(),
})

const recordIn = (snapshot: DocumentSnapshot): AuditRecord =>
  defined({ id: snapshot.id, ...Entry.parse(plain(snapshot.data())) }) as AuditRecord
