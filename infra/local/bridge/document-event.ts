import { createRequire } from 'node:module'
import protobuf from 'protobufjs'
import { z } from 'zod'
import type { HttpEvent } from './cloud-event.ts'

/** Events larger than this are not delivered. https://cloud.google.com/eventarc/docs/event-size-limits */
export const MAX_EVENT_BYTES = 512 * 1024

/** What becomes of a change: an event as production would send it, or nothing, and why. */
export type DocumentEvent =
  | { readonly is: 'event'; readonly event: HttpEvent }
  | {
      readonly is: 'dropped'
      readonly reason: 'TooLarge' | 'NothingChanged'
      readonly document: string
      readonly bytes: number
    }

const Timestamp = z.object({ seconds: z.string(), nanos: z.number().default(0) })
const Document = z.object({
  name: z.string().default(''),
  fields: z.unknown().optional(),
  updateTime: Timestamp.optional(),
})
const Data = z.object({ value: Document.nullish(), oldValue: Document.nullish() })

let type: protobuf.Type | undefined

// https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto
const DATA = {
  fields: {
    value: { type: 'google.firestore.v1.Document', id: 1 },
    oldValue: { type: 'google.firestore.v1.Document', id: 2 },
    updateMask: { type: 'google.firestore.v1.DocumentMask', id: 3 },
  },
}

function dataType(): protobuf.Type {
  if (type === undefined) {
    const descriptor = createRequire(import.meta.url)(
      '@google-cloud/firestore-api/build/protos/protos.json',
    ) as protobuf.INamespace
    const root = protobuf.Root.fromJSON(descriptor)
    root.define('google.events.cloud.firestore.v1').addJSON({ DocumentEventData: DATA })
    type = root.lookupType('google.events.cloud.firestore.v1.DocumentEventData')
  }
  return type
}

/**
 * Turns the Firestore emulator's delivery into production's: the body is base64 text there, `ce-source` names the
 * project twice, `ce-time` has whole seconds only, and a write that changes nothing fires.
 */
export function documentEvent(headers: Readonly<Record<string, string>>, base64: string): DocumentEvent {
  const body = Uint8Array.from(Buffer.from(base64, 'base64'))
  const document = headers['ce-document'] ?? ''
  if (body.byteLength > MAX_EVENT_BYTES) return { is: 'dropped', reason: 'TooLarge', document, bytes: body.byteLength }
  const data = decode(body)
  if (sameFields(data)) return { is: 'dropped', reason: 'NothingChanged', document, bytes: body.byteLength }
  return {
    is: 'event',
    event: { headers: { ...attributes(headers, data), 'content-type': 'application/protobuf' }, body },
  }
}

/** The data of an event that names a document without its fields, as it is now or as it was. */
export function encodeDocument(name: string, exists: boolean): Uint8Array<ArrayBuffer> {
  const type = dataType()
  return Uint8Array.from(type.encode(type.fromObject(exists ? { value: { name } } : { oldValue: { name } })).finish())
}

function decode(body: Uint8Array): z.infer<typeof Data> {
  const decoded = dataType().decode(body)
  return Data.parse(dataType().toObject(decoded, { longs: String, bytes: String }))
}

const sameFields = ({ value, oldValue }: z.infer<typeof Data>): boolean => contentOf(value) === contentOf(oldValue)

/** Undefined for a document that is not there: one that never was is delivered without a name when it is deleted. */
const contentOf = (document: z.infer<typeof Document> | null | undefined): string | undefined =>
  document?.name ? JSON.stringify(sorted(document.fields ?? {})) : undefined

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function attributes(
  headers: Readonly<Record<string, string>>,
  { value }: z.infer<typeof Data>,
): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('ce-'))
  const { 'ce-source': source = '', 'ce-time': time = '', ...rest } = Object.fromEntries(kept)
  return {
    ...rest,
    'ce-source': source.replace('/projects/projects/', '/projects/'),
    'ce-time': value?.updateTime ? microseconds(value.updateTime) : time,
  }
}

const microseconds = ({ seconds, nanos }: z.infer<typeof Timestamp>): string =>
  `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`
