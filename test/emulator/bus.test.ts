import { describe, expect, test, vi } from 'vitest'
import type { PubSub } from '@google-cloud/pubsub'
import type { Heartbeat } from '../../shared/documents/heartbeat.ts'
import type { StepMessage } from '../../shared/documents/message.ts'
import { HEARTBEATS_SUBSCRIPTION, HEARTBEATS_TOPIC, topicOf } from '../../shared/documents/topics.ts'
import { pubsubBus } from '../../shared/gcp/bus.ts'
import { pubsubInbox } from '../../shared/gcp/inbox.ts'
import { recordingLog } from '../fakes/log.ts'
import { PATIENT } from '../fakes/patience.ts'
import { freshProject } from './project.ts'

const ref = { kind: 'agent', plane: 'acme', planeUid: 'aaaaaaaaaa', name: 'ada', uid: 'bbbbbbbbbb' } as const

const heartbeat = (n: number, first = false): Heartbeat => ({
  claims: { sub: String(n), email: 'a@b', instanceId: '1', zone: 'z', projectId: 'p', projectNumber: '1', iatS: n },
  body: { appliedGeneration: 'g', ready: true, failing: [], first },
  receivedAtMs: n,
})

/** A topic and what arrives on it. */
async function listen(pubsub: PubSub, topic: string): Promise<readonly unknown[]> {
  const [created] = await pubsub.createTopic(topic)
  const [subscription] = await created.createSubscription(`${topic}-test`)
  const received: unknown[] = []
  subscription.on('message', (message) => {
    received.push(JSON.parse(message.data.toString()))
    message.ack()
  })
  return received
}

/** An inbox of a subscription that sends a message again which was not acknowledged in so many seconds. */
async function inbox(pubsub: PubSub, ackDeadlineSeconds = 600) {
  await pubsub.createTopic(HEARTBEATS_TOPIC)
  await pubsub.createSubscription(HEARTBEATS_TOPIC, HEARTBEATS_SUBSCRIPTION, { ackDeadlineSeconds })
  const { log, lines } = recordingLog()
  return { inbox: pubsubInbox(pubsub, HEARTBEATS_SUBSCRIPTION, log), lines }
}

describe('messages over Pub/Sub', () => {
  test('each reaches the topic of its step, plane steps theirs', async () => {
    const { pubsub } = freshProject()
    const [identity, plane] = await Promise.all([listen(pubsub, 'step-identity'), listen(pubsub, 'step-plane')])
    const messages: readonly StepMessage[] = [
      { ref, step: 'identity' },
      { ref: { kind: 'plane', plane: 'acme', uid: 'aaaaaaaaaa' }, step: 'network' },
      { ref: { kind: 'plane', plane: 'acme', uid: 'aaaaaaaaaa' }, step: 'grants' },
    ]
    await pubsubBus(pubsub).publish(messages)
    await vi.waitFor(() => expect([identity.length, plane.length]).toEqual([1, 2]), PATIENT)
    expect(identity).toEqual([messages[0]])
    expect(plane).toEqual(expect.arrayContaining([messages[1], messages[2]]))
  })

  test('one that cannot be published fails all, once the others are on their way', async () => {
    const { pubsub } = freshProject()
    const disk = await listen(pubsub, topicOf('disk'))
    const published = pubsubBus(pubsub).publish([
      { ref, step: 'identity' },
      { ref, step: 'disk' },
    ])
    await expect(published).rejects.toMatchObject({ name: 'ProviderError', kind: 'NotFound' })
    await vi.waitFor(() => expect(disk).toHaveLength(1), PATIENT)
  })

  test('only a first heartbeat wakes the step that waits for it', async () => {
    const { pubsub } = freshProject()
    const [all, runtime] = await Promise.all([listen(pubsub, HEARTBEATS_TOPIC), listen(pubsub, topicOf('runtime'))])
    const bus = pubsubBus(pubsub)
    await bus.publishHeartbeat(heartbeat(1, true))
    await bus.publishHeartbeat(heartbeat(2))
    await vi.waitFor(() => expect([all.length, runtime.length]).toEqual([2, 1]), PATIENT)
    expect(runtime).toEqual([{ heartbeat: heartbeat(1, true) }])
  })
})

describe('the inbox of heartbeats', () => {
  test('an empty one answers at once', async () => {
    const { pubsub } = freshProject()
    const { inbox: waiting } = await inbox(pubsub)
    const { heartbeats, acknowledge } = await waiting.drain(100)
    expect(heartbeats).toEqual([])
    await acknowledge()
  })

  test('all that wait are drained, and acknowledged ones are gone', async () => {
    const { pubsub } = freshProject()
    const { inbox: waiting } = await inbox(pubsub)
    const bus = pubsubBus(pubsub)
    await Promise.all(Array.from({ length: 1500 }, (_, n) => bus.publishHeartbeat(heartbeat(n))))
    const { heartbeats, acknowledge } = await waiting.drain(20_000)
    expect(new Set(heartbeats.map(({ claims }) => claims.sub)).size).toBe(1500)
    await acknowledge()
    expect((await waiting.drain(20_000)).heartbeats).toEqual([])
  })

  test('no more are taken than asked for', async () => {
    const { pubsub } = freshProject()
    const { inbox: waiting } = await inbox(pubsub)
    const bus = pubsubBus(pubsub)
    await Promise.all(Array.from({ length: 20 }, (_, n) => bus.publishHeartbeat(heartbeat(n))))
    const first = await waiting.drain(15)
    expect(first.heartbeats).toHaveLength(15)
    expect((await waiting.drain(15)).heartbeats).toHaveLength(5)
  })

  test('what was not acknowledged comes again', async () => {
    const { pubsub } = freshProject()
    const { inbox: waiting } = await inbox(pubsub, 10)
    await pubsubBus(pubsub).publishHeartbeat(heartbeat(1))
    expect((await waiting.drain(100)).heartbeats).toHaveLength(1)
    await vi.waitFor(async () => expect((await waiting.drain(100)).heartbeats).toHaveLength(1), {
      ...PATIENT,
      interval: 500,
    })
  })

  test('what is no heartbeat is counted, and taken away with the rest', async () => {
    const { pubsub } = freshProject()
    const { inbox: waiting, lines } = await inbox(pubsub)
    const topic = pubsub.topic(HEARTBEATS_TOPIC)
    await topic.publishMessage({ data: Buffer.from('not JSON') })
    await topic.publishMessage({ json: { heartbeat: { ...heartbeat(1), extra: true } } })
    await pubsubBus(pubsub).publishHeartbeat(heartbeat(2))
    const { heartbeats, acknowledge } = await waiting.drain(100)
    expect(heartbeats).toEqual([heartbeat(2)])
    expect(lines).toEqual(['warn heartbeat.unreadable'])
    await acknowledge()
    expect((await waiting.drain(100)).heartbeats).toEqual([])
  })
})
