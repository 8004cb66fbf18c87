import type { Firestore, QueryDocumentSnapshot } from '@google-cloud/firestore'
import { planePath } from '../documents/uid.ts'
import type { Listed } from '../ports/documents.ts'
import type { Log } from '../ports/log.ts'
import type { AgentDocument, SpecWriter } from '../ports/specs.ts'
import { answered } from './errors.ts'
import { listStatuses, present, readable, unpurged } from './firestore-lists.ts'
import { agentIn, allOf, pagesOf, planeUidOf, readOne, statusesPath } from './firestore-snapshots.ts'
import { jointly, sharedReads } from './jointly.ts'

const PAGE = 300

/** https://cloud.google.com/firestore/native/docs/query-data/queries#limits_on_or_queries */
const MOST_OWNERS = 30

type Agents = Pick<SpecWriter, 'listAgents' | 'listAgentStatuses' | 'countAgents'>

/** The agents of a plane, all or one owner's. Many people ask for them in one turn of the event loop: that is one query. */
export function firestoreAgents(db: Firestore, log: Log): Agents {
  const shared = sharedReads()
  const [ownSpecsIn, ownStatusesIn] = [ownersReads(db), ownersReads(db)]
  return {
    listAgents: (plane, of) => {
      const path = `${planePath(plane)}/agents`
      if (of !== undefined) return specsIn(db, plane, ownSpecsIn({ path, owner: of.owner }))
      return shared(path, () => specsIn(db, plane, allOf(pagesOf(db.collection(path), PAGE))))
    },
    listAgentStatuses: async (plane, { includePurged, owner }) => {
      const path = statusesPath(plane)
      if (owner !== undefined) return ownStatuses(await ownStatusesIn({ path, owner }), includePurged, log)
      if (!includePurged) return shared(`unpurged ${path}`, () => allOf(listStatuses(unpurged(db, plane), log)))
      return shared(path, () => allOf(listStatuses(db.collection(path), log)))
    },
    countAgents: (plane) => shared(`count ${statusesPath(plane)}`, () => countOf(db, plane)),
  }
}

type Snapshots = readonly QueryDocumentSnapshot[]

async function specsIn(db: Firestore, plane: string, found: Promise<Snapshots>): Promise<readonly AgentDocument[]> {
  const [planeSpec, specs] = await Promise.all([readOne(db.doc(planePath(plane)), ['createdAt']), found])
  return specs.map((snapshot) => agentIn(snapshot, planeUidOf(planeSpec)))
}

/** One owner has few: no index of both is worth its writes. */
const ownStatuses = (found: Snapshots, includePurged: boolean, log: Log): readonly Listed[] =>
  found
    .flatMap((snapshot) => readable(snapshot, log))
    .filter(({ status }) => includePurged || status.phase !== 'Purged')

const countOf = async (db: Firestore, plane: string): Promise<number> =>
  (await answered('Firestore', present(db, plane).count().get())).data().count

type Owned = { readonly path: string; readonly owner: string }

/** What of a collection is an owner's, found for several owners by one query. */
const ownersReads = (db: Firestore) =>
  jointly(async (all: readonly Owned[]): Promise<readonly Snapshots[]> => {
    const asked = Map.groupBy(all, ({ path }) => path)
    const found = await Promise.all([...asked].map(async ([path, of]) => [path, await ofOwners(db, path, of)] as const))
    const byPath = new Map(found)
    return all.map(({ path, owner }) => byPath.get(path)?.get(owner) ?? [])
  }, MOST_OWNERS)

async function ofOwners(db: Firestore, path: string, of: readonly Owned[]) {
  const owners = [...new Set(of.map(({ owner }) => owner))]
  const found = await allOf(pagesOf(db.collection(path).where('owner', 'in', owners), PAGE))
  return Map.groupBy(found, (snapshot): unknown => snapshot.get('owner'))
}
