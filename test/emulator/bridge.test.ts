import { randomUUID } from 'node:crypto'
import { cloudEvent } from '@google-cloud/functions-framework'
import type { CloudEvent } from '@google-cloud/functions-framework'
import { describe, expect, inject, onTestFinished, test, vi, type TestContext } from 'vitest'
import { startBridge, type Bridge, type DocumentSource } from '../../infra/local/bridge/bridge.ts'
import { openInlet } from '../../infra/local/bridge/firestore.ts'
import { freePort } from '../../infra/local/ports.ts'
import { startFunctionsServer } from '../../infra/local/functions-server.ts'
import type { Trigger } from '../../functions/triggers.ts'
import { routeEvents } from './event-router.ts'
import { freshProject, type TestProject } from './project.ts'
import { recordingLog } from '../fakes/log.ts'

type Seen = CloudEvent<unknown> & Readonly<Record<string, unknown>>
type Handler = (event: Seen) => Promise<void> | void

const onWrite = (name: string, document = 'planes/{plane}'): Trigger => ({
  name,
  kind: 'firestore',
  eventType: 'google.cloud.firestore.document.v1.written.withAuthContext',
  document,
})

const onMessage = (name: string, topic: string): Trigger => ({ name, kind: 'topic', topic })

type Running = TestProject & { readonly bridge: Bridge; readonly lines: readonly string[] }

/** Runs one function behind the real functions-framework, fed by the real emulators through the bridge. */
async function running(
  context: TestContext,
  makeTrigger: (name: string) => Trigger,
  handler: Handler,
): Promise<Running> {
  const router = inject('eventRouter')
  if (!router) context.skip('FIRESTORE_EMULATOR_HOST names an emulator that does not deliver events to these tests')
  const project = freshProject()
  const inlet = await openInlet()
  await routeEvents(router, project.id, inlet.host)
  const documents: DocumentSource = { is: 'delivered', inlet, firestoreHost: inject('firestoreHost') }
  return bridged(project, makeTrigger(`f${randomUUID()}`), handler, documents)
}

async function bridged(
  project: TestProject,
  trigger: Trigger,
  handler: Handler,
  documents: DocumentSource,
): Promise<Running> {
  cloudEvent(trigger.name, (event: CloudEvent<unknown>) => handler(event as Seen))
  const port = await freePort(21_000)
  const server = await startFunctionsServer({ triggers: [trigger], port, bridgeToken: randomUUID() })
  const { log, lines } = recordingLog()
  const bridge = await startBridge({
    project: project.id,
    triggers: [trigger],
    documents,
    pubsub: project.pubsub,
    invoke: (...call) => server.invoke(...call),
    retries: { attempts: 5, baseMs: 2, capMs: 20 },
    random: () => 0.5,
    log,
  })
  onTestFinished(async () => {
    await bridge.stop()
    await server.stop()
  })
  return { ...project, bridge, lines }
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

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

describe('a published message', () => {
  test('reaches the function as the event production sends', async (context) => {
    const seen: Seen[] = []
    const { id, pubsub } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      (event) => void seen.push(event),
    )
    const messageId = await pubsub
      .topic('step-disk')
      .publishMessage({ json: { step: 'disk' }, attributes: { traceparent: '00' } })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]).toMatchObject({
      id: messageId,
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      source: `//pubsub.googleapis.com/projects/${id}/topics/step-disk`,
      data: {
        message: {
          messageId,
          attributes: { traceparent: '00' },
          data: Buffer.from('{"step":"disk"}').toString('base64'),
        },
        deliveryAttempt: 1,
      },
    })
    expect(Object(seen[0]?.data).subscription).toMatch(new RegExp(`^projects/${id}/subscriptions/eventarc-f`))
    expect(Date.parse(Object(seen[0]?.data).message.publishTime)).toBeGreaterThan(0)
  })

  test('of attributes alone reaches the function', async (context) => {
    const seen: Seen[] = []
    const { pubsub } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      (event) => void seen.push(event),
    )
    await pubsub.topic('step-disk').publishMessage({ attributes: { only: 'this' } })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(Object(seen[0]?.data).message).toMatchObject({ data: '', attributes: { only: 'this' } })
  })

  test('is tried again until the function succeeds, saying which attempt it is', async (context) => {
    const attempts: number[] = []
    const { pubsub, bridge } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      ({ data }) => {
        attempts.push(Object(data).deliveryAttempt)
        if (attempts.length <= 2) throw new Error('not yet')
      },
    )
    await pubsub.topic('step-disk').publishMessage({ json: {} })
    await eventually(() => expect(bridge.counts.delivered).toBe(1))
    expect(attempts).toEqual([1, 2, 3])
  })

  test('that no attempt can handle ends in the dead-letter topic and delays nobody', async (context) => {
    const handled: string[] = []
    const { id, pubsub, bridge } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      ({ data }) => {
        const text = Buffer.from(Object(data).message.data, 'base64').toString()
        if (text === 'poison') throw new Error('poison')
        handled.push(text)
      },
    )
    await pubsub.topic('step-disk').publishMessage({ data: Buffer.from('poison'), attributes: { kept: 'yes' } })
    await pubsub.topic('step-disk').publishMessage({ data: Buffer.from('good') })
    const letter = await deadLetter(pubsub)
    expect(letter.data.toString()).toBe('poison')
    expect(letter.attributes).toMatchObject({
      kept: 'yes',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscriptionProject: id,
    })
    expect(letter.attributes['CloudPubSubDeadLetterSourceSubscription']).toMatch(/^eventarc-f/)
    await eventually(() => expect(handled).toEqual(['good']))
    await eventually(() => expect(bridge.counts).toMatchObject({ delivered: 1, deadLettered: 1 }))
  })

  test('two hundred at once are all handled, none twice', async (context) => {
    const handled: string[] = []
    const { pubsub, bridge } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      ({ id }) => void handled.push(id),
    )
    const topic = pubsub.topic('step-disk')
    const published = await Promise.all(Array.from({ length: 200 }, () => topic.publishMessage({ json: {} })))
    await eventually(() => expect(bridge.counts.delivered).toBe(200))
    expect(handled.toSorted()).toEqual(published.toSorted())
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

test('a bridge that is stopped lets go of a hanging function within about a second', async (context) => {
  let called = false
  const { pubsub, bridge } = await running(
    context,
    (name) => onMessage(name, 'step-disk'),
    () => {
      called = true
      return new Promise(() => undefined)
    },
  )
  await pubsub.topic('step-disk').publishMessage({ json: {} })
  await eventually(() => expect(called).toBe(true))
  const startedAt = performance.now()
  await bridge.stop()
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(bridge.counts).toMatchObject({ delivered: 0, deadLettered: 0 })
})

async function deadLetter(pubsub: TestProject['pubsub']) {
  const subscription = pubsub.subscription('dead-letter')
  onTestFinished(() => subscription.close())
  return new Promise<{ data: Buffer; attributes: Record<string, string> }>((resolve) => {
    subscription.on('message', (message) => {
      message.ack()
      resolve(message)
    })
  })
}

const microseconds = ({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}Z`
