import { FieldPath, FieldValue } from '@google-cloud/firestore'
import type { DocumentReference, Firestore } from '@google-cloud/firestore'
import { z } from 'zod'
import { Lease } from '../documents/heartbeat.ts'
import type { Documents } from '../ports/documents.ts'
import type { Log } from '../ports/log.ts'
import { answered, isAnswer } from './errors.ts'
import { readAll, readOne } from './firestore-snapshots.ts'
import { defined } from './firestore-values.ts'

/** Few enough to be read and written in a handful of operations, enough to hold a plane's agents in 1 MB each. */
const SHARDS = ['0', '1', '2', '3'] as const

const leasesPath = (plane: string, shard: string): string => `planes/${plane}/leases/${shard}`
const shardOf = (uid: string): string => String(uid.charCodeAt(0) % SHARDS.length)

type Leases = Pick<Documents, 'readLeases' | 'readLease' | 'writeLeases' | 'readOrphans' | 'writeOrphans'>

/** Heartbeats and orphans: many agents to a document. */
export const firestoreLeases = (db: Firestore, log: Log): Leases => ({
  readLeases: async (plane) => {
    const shards = await readAll(db, ...SHARDS.map((shard) => leasesPath(plane, shard)))
    const entries = shards.flatMap((shard) => Object.entries(Object(shard.get('agents')) as object))
    return new Map(entries.flatMap(([uid, raw]) => parsed(plane, uid, raw, log)))
  },
  readLease: async ({ plane, uid }) => {
    const shard = await readOne(db.doc(leasesPath(plane, shardOf(uid))), [`agents.${uid}`])
    const raw: unknown = shard.get(`agents.${uid}`)
    return raw === undefined ? undefined : parsed(plane, uid, raw, log)[0]?.[1]
  },
  writeLeases: (plane, leases) => writeLeases(db, plane, leases),
  readOrphans: async (plane) => {
    const orphans = await readOne(db.doc(leasesPath(plane, 'orphans')))
    return z.record(z.string(), z.number()).catch({}).parse(orphans.get('uids'))
  },
  writeOrphans: async (plane, uids) => {
    await answered('Firestore', db.doc(leasesPath(plane, 'orphans')).set({ uids }))
  },
})

/** A lease that cannot be read is as good as none: the next heartbeat replaces it. */
function parsed(plane: string, uid: string, raw: unknown, log: Log): readonly [string, Lease][] {
  const lease = Lease.safeParse(raw)
  if (lease.success) return [[uid, lease.data]]
  log.warn('lease.unreadable', { plane, uid, count: 1 })
  return []
}

type Entries = readonly (readonly [string, Lease | undefined])[]

async function writeLeases(
  db: Firestore,
  plane: string,
  leases: ReadonlyMap<string, Lease | undefined>,
): Promise<void> {
  const shards = [...Map.groupBy(leases, ([uid]) => shardOf(uid))].map(
    ([shard, entries]) => [db.doc(leasesPath(plane, shard)), entries] as const,
  )
  if (shards.length === 0) return
  try {
    await updateShards(db, shards)
  } catch (error) {
    if (!isAnswer(error, 'NotFound')) throw error
    await Promise.all(shards.map(([doc]) => answered('Firestore', doc.set({}, { merge: true }))))
    await updateShards(db, shards)
  }
}

/** Updates existing documents: a `set` that merges as many fields takes the client quadratic time. */
async function updateShards(db: Firestore, shards: readonly (readonly [DocumentReference, Entries])[]): Promise<void> {
  const batch = db.batch()
  for (const [doc, entries] of shards) {
    const fields = entries.map(([uid, lease]) => [
      new FieldPath('agents', uid),
      lease ? defined(lease) : FieldValue.delete(),
    ])
    const [path, value, ...rest] = fields.flat()
    if (path instanceof FieldPath) batch.update(doc, path, value, ...rest)
  }
  await answered('Firestore', batch.commit())
}
