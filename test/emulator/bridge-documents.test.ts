import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { bridged, deadLetter, eventually, onWrite, running, type Seen } from './bridge-environment.ts'
import { freshProject } from './project.ts'

describe('a write to Firestore', () => {
  test('reaches the function as the event production sends', async (context) => {
    const seen: Seen[] = []
    const { id, firestore } = await running(
      context,
      (name) => onWrite(name),
      (event) => void seen.push(event),
    )
    const { writeTime } = await firestore.doc('planes/acme').set({ region: 'us-east4' })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]).toMatchObject({
      specversion: '1.0',
      type: 'google.cloud.firestore.document.v1.written.withAuthContext',
      source: `//firestore.googleapis.com/projects/${id}/databases/(default)`,
      subject: 'documents/planes/acme',
      document: 'planes/acme',
      project: id,
      database: '(default)',
      datacontenttype: 'application/protobuf',
    })
    expect(seen[0]?.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(seen[0]?.time).toBe(microseconds(writeTime))
    expect(seen[0]?.data).toBeInstanceOf(Buffer)
    expect(String(seen[0]?.data)).toContain('us-east4')
  })

  test('that changes nothing fires no event', async (context) => {
    const seen: Seen[] = []
    const { firestore, bridge } = await running(
      context,
      (name) => onWrite(name),
      (event) => void seen.push(event),
    )
    const spec = { region: 'us-east4', zones: ['a', 'b'], defaults: { machineType: 'e2-medium' } }
    await firestore.doc('planes/acme').set(spec)
    await firestore.doc('planes/acme').set(spec)
    await firestore.doc('planes/gone').delete()
    await firestore.doc('planes/acme').update({ region: 'us-east5' })
    await firestore.doc('planes/empty').set({})
    await firestore.doc('planes/empty').set({})
    await firestore.doc('planes/empty').delete()
    await eventually(() => expect(seen).toHaveLength(4))
    expect(bridge.counts.dropped).toBe(3)
  })

  test('of a document over 512 KB is dropped, loudly', async (context) => {
    const seen: Seen[] = []
    const { firestore, bridge, lines } = await running(
      context,
      (name) => onWrite(name),
      (event) => void seen.push(event),
    )
    await firestore.doc('planes/huge').set({ text: 'x'.repeat(600 * 1024) })
    await firestore.doc('planes/small').set({ text: 'x' })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]?.['document']).toBe('planes/small')
    expect(bridge.counts.dropped).toBe(1)
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([
      'error event.dropped planes/huge is over 512 KB: no function hears of it',
    ])
  })

  test('matches nested patterns only', async (context) => {
    const seen: Seen[] = []
    const pattern = 'planes/{plane}/agents/{name}'
    const { firestore } = await running(
      context,
      (name) => onWrite(name, pattern),
      (event) => void seen.push(event),
    )
    await firestore.doc('planes/acme').set({ a: 1 })
    await firestore.doc('planes/acme/agentStatus/u').set({ a: 1 })
    await firestore.doc('planes/acme/agents/ada').set({ a: 1 })
    await eventually(() => expect(seen.map((event) => event['document'])).toEqual(['planes/acme/agents/ada']))
  })

  test('is tried again until the function succeeds', async (context) => {
    let attempts = 0
    const { firestore, bridge } = await running(
      context,
      (name) => onWrite(name),
      () => {
        attempts += 1
        if (attempts <= 2) throw new Error('not yet')
      },
    )
    await firestore.doc('planes/acme').set({ a: 1 })
    await eventually(() => expect(bridge.counts).toEqual({ delivered: 1, retried: 2, deadLettered: 0, dropped: 0 }))
    expect(attempts).toBe(3)
  })

  test('that no attempt can handle ends in the dead-letter topic', async (context) => {
    let attempts = 0
    const { firestore, pubsub, bridge, lines } = await running(
      context,
      (name) => onWrite(name),
      () => {
        attempts += 1
        throw new Error('poison')
      },
    )
    await firestore.doc('planes/acme').set({ a: 1 })
    const letter = await deadLetter(pubsub)
    expect(attempts).toBe(5)
    expect(letter.attributes).toMatchObject({
      'ce-document': 'planes/acme',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
    })
    await eventually(() => expect(lines.at(-1)).toBe('error event.dead-lettered HTTP 500'))
    expect(bridge.counts.deadLettered).toBe(1)
  })
})

test('an emulator that delivers its events elsewhere is watched', async () => {
  const seen: Seen[] = []
  const project = freshProject()
  await project.firestore.doc('planes/acme/agents/before').set({ a: 1 })
  const trigger = onWrite(`f${randomUUID()}`, 'planes/{plane}/agents/{name}')
  await bridged(project, trigger, (event) => void seen.push(event), { is: 'watched', firestore: project.firestore })
  await project.firestore.doc('planes/acme/agents/ada').set({ a: 1 })
  await project.firestore.doc('planes/acme/nested/x/agents/other').set({ a: 1 })
  await eventually(() =>
    expect(new Set(seen.map((event) => event['document']))).toEqual(
      new Set(['planes/acme/agents/ada', 'planes/acme/agents/before']),
    ),
  )
  await project.firestore.doc('planes/acme/agents/ada').delete()
  await eventually(() => expect(seen).toHaveLength(3))
  expect(seen[2]).toMatchObject({
    type: trigger.kind === 'firestore' ? trigger.eventType : '',
    source: `//firestore.googleapis.com/projects/${project.id}/databases/(default)`,
    subject: 'documents/planes/acme/agents/ada',
  })
})

const microseconds = ({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}Z`
