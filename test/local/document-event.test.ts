import { expect, test } from 'vitest'
import { documentEvent, encodeDocument, MAX_EVENT_BYTES } from '../../infra/local/bridge/document-event.ts'

const delivered = {
  'ce-source': '//firestore.googleapis.com/projects/projects/p/databases/(default)',
  'ce-time': '2026-11-23T15:30:31Z',
  'ce-document': 'planes/local/agents/bob',
  'content-type': 'application/protobuf',
  host: '127.0.0.1:1',
}

// As the emulator sent it: `bob` with a = "x", updated at 1795447831.707450 s.
const CREATED =
  'CnMKSnByb2plY3RzL2xvY2FsLXBsYW5lL2RhdGFiYXNlcy8oZGVmYXVsdCkvZG9jdW1lbnRzL3BsYW5lcy9sb2NhbC9hZ2VudHMvYm9iEgkKAWESBIoBAXgaDAiXuJHYBhCQqavRAiIMCJe4kdgGEJCpq9ECGgA='

test('a delivery of the emulator becomes an event of production', () => {
  const result = documentEvent(delivered, CREATED)
  expect(result).toMatchObject({
    is: 'event',
    event: {
      headers: {
        'content-type': 'application/protobuf',
        'ce-document': 'planes/local/agents/bob',
        'ce-source': '//firestore.googleapis.com/projects/p/databases/(default)',
        'ce-time': '2026-11-23T15:30:31.707450Z',
      },
      body: Uint8Array.from(Buffer.from(CREATED, 'base64')),
    },
  })
  expect(Object.keys(result.is === 'event' ? result.event.headers : {})).not.toContain('host')
})

test('what is no protobuf is refused', () => {
  expect(() => documentEvent(delivered, Buffer.from([0xff, 0xff]).toString('base64'))).toThrow(/wire|index|offset/)
})

const named = (bytes: number) => Buffer.from(encodeDocument('x'.repeat(bytes), true)).toString('base64')

test('an event of exactly the limit is delivered, and one of a byte more is not', () => {
  const overhead = Buffer.from(named(MAX_EVENT_BYTES - 100), 'base64').byteLength - (MAX_EVENT_BYTES - 100)
  expect(documentEvent(delivered, named(MAX_EVENT_BYTES - overhead + 1))).toMatchObject({ reason: 'TooLarge' })
  expect(documentEvent(delivered, named(MAX_EVENT_BYTES - overhead))).toMatchObject({ is: 'event' })
})
