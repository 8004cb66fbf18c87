import { Transform, pipeline } from 'node:stream'
import { Timestamp } from '@google-cloud/firestore'
import type {
  DocumentReference,
  DocumentSnapshot,
  Firestore,
  Query,
  QueryDocumentSnapshot,
} from '@google-cloud/firestore'
import type { z } from 'zod'
import { AgentSpec } from '../documents/agent.ts'
import { Moment, Name } from '../documents/fields.ts'
import { firstIssue, parseSpec } from '../documents/parsed.ts'
import type { Parsed } from '../documents/parsed.ts'
import type { Ref } from '../documents/ref.ts'
import type { Status } from '../documents/status.ts'
import { agentPath, planePath, uidOf } from '../documents/uid.ts'
import type { SpecDocument, StatusDocument } from '../ports/documents.ts'
import { ProviderError } from '../ports/errors.ts'
import type { AgentDocument } from '../ports/specs.ts'
import { answered } from './errors.ts'
import { microsOf, momentOf, plain } from './firestore-values.ts'

/** The path of the status that a ref means. */
export const statusPath = (ref: Ref): string =>
  ref.kind === 'plane' ? `planeStatus/${ref.uid}` : `${statusesPath(ref.plane)}/${ref.uid}`

/** The collection of a plane's agent statuses. */
export const statusesPath = (plane: string): string => `planes/${plane}/agentStatus`

/** The path of the spec that a ref means. */
export const specPath = (ref: Ref): string =>
  ref.kind === 'plane' ? planePath(ref.plane) : agentPath(ref.plane, ref.name)

/** One document, or only some of its fields. */
export async function readOne(doc: DocumentReference, fields?: readonly string[]): Promise<DocumentSnapshot> {
  const options = fields ? [{ fieldMask: [...fields] }] : []
  const [snapshot] = await answered('Firestore', doc.firestore.getAll(doc, ...options))
  return snapshot as DocumentSnapshot
}

/** Several documents at one moment. */
export const readAll = (db: Firestore, ...paths: readonly string[]): Promise<DocumentSnapshot[]> =>
  answered('Firestore', db.getAll(...paths.map((path) => db.doc(path))))

/** A query's documents at one moment, in pages: one request however many there are. */
export async function* pagesOf(query: Query, size: number): AsyncGenerator<readonly QueryDocumentSnapshot[]> {
  // What goes wrong is thrown by the last of the streams: nothing is left to say here.
  const stream = pipeline(query.stream(), inPages(size), () => undefined)
  const pages: AsyncIterator<readonly QueryDocumentSnapshot[]> = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await answered('Firestore', pages.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    stream.destroy()
  }
}

/** A promise for each page, and none for each document: those of a thousand take longer than what is done with them. */
function inPages(size: number): Transform {
  let page: unknown[] = []
  return new Transform({
    objectMode: true,
    transform: (document, _, done) => {
      page.push(document)
      if (page.length < size) return done()
      const full = page
      page = []
      done(null, full)
    },
    flush: (done) => (page.length > 0 ? done(null, page) : done()),
  })
}

/** Everything in some pages. */
export async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(...page)
  return all
}

/** When a spec was asked for: its own field, or Firestore's time of creation where that is missing or no time. */
function createdAtOf(snapshot: DocumentSnapshot): string {
  const field: unknown = snapshot.get('createdAt')
  if (field instanceof Timestamp) return momentOf(field)
  const written = Moment.safeParse(field)
  return written.success ? written.data : momentOf(snapshot.createTime ?? new Timestamp(0, 0))
}

/** The uid of the spec in a snapshot. */
export const uidIn = (snapshot: DocumentSnapshot): string => uidOf(snapshot.ref.path, createdAtOf(snapshot))

/** When a document was last changed: a generation, or a version. */
export const versionOf = (snapshot: DocumentSnapshot): string => microsOf(snapshot.updateTime ?? new Timestamp(0, 0))

/** A spec as it stands in a snapshot; undefined when there is none. */
export function specIn<T>(snapshot: DocumentSnapshot, schema: z.ZodType<T>): SpecDocument<T> | undefined {
  if (!snapshot.exists) return undefined
  const createdAt = createdAtOf(snapshot)
  return {
    uid: uidOf(snapshot.ref.path, createdAt),
    generation: versionOf(snapshot),
    createdAt,
    parsed: named(snapshot.id, parseSpec(schema, plain(snapshot.data()))),
  }
}

/** What to say of a document that is not there. */
export const missing = (path: string): ProviderError => new ProviderError('NotFound', `there is no ${path}`)

/** The uid of the plane whose spec is, or would be, in a snapshot. */
export const planeUidOf = (snapshot: DocumentSnapshot): string =>
  snapshot.exists ? uidIn(snapshot) : uidOf(snapshot.ref.path, '')

/** An agent's spec, and whose it is. @throws ProviderError NotFound */
export function agentIn(snapshot: DocumentSnapshot, planeUid: string): AgentDocument {
  const spec = specIn(snapshot, AgentSpec)
  const plane = snapshot.ref.parent.parent?.id
  if (spec === undefined || plane === undefined) throw missing(snapshot.ref.path)
  return { ...spec, ref: { kind: 'agent', plane, planeUid, name: snapshot.id, uid: spec.uid } }
}

/** A status as it stands in a snapshot; undefined when there is none. @throws Error naming the field that is not readable */
export function statusIn<S extends Status>(
  snapshot: DocumentSnapshot,
  schema: z.ZodType<S>,
): StatusDocument<S> | undefined {
  if (!snapshot.exists) return undefined
  const result = schema.safeParse(snapshot.data())
  if (result.success) return { version: versionOf(snapshot), status: result.data }
  throw new Error(`${snapshot.ref.path} cannot be read: ${firstIssue(result.error).join(' ')}`)
}

/** A document's id is part of what a person wrote, and as likely to be wrong. */
function named<T>(id: string, parsed: Parsed<T>): Parsed<T> {
  const name = Name.safeParse(id)
  if (name.success || !parsed.ok) return parsed
  const { desiredState, purge } = parsed.spec as { desiredState?: unknown; purge?: unknown }
  const message = firstIssue(name.error)[1]
  return { ok: false, field: 'name', message, removed: desiredState === 'removed', purge: purge === true }
}
