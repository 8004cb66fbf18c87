import type { PubSub, Topic } from '@google-cloud/pubsub'
import { HEARTBEATS_TOPIC, topicOf } from '../documents/topics.ts'
import type { Bus } from '../ports/bus.ts'
import { allSettled } from './all-settled.ts'
import { answered } from './errors.ts'

/** Messages over Pub/Sub, each sent at once: a function waits for all of them before it is done. */
export function pubsubBus(pubsub: PubSub): Bus {
  const topics = new Map<string, Topic>()
  const topic = (name: string): Topic => {
    const known = topics.get(name) ?? pubsub.topic(name, { batching: { maxMessages: 1 } })
    topics.set(name, known)
    return known
  }
  const send = (name: string, json: object): Promise<string> =>
    answered('Pub/Sub', topic(name).publishMessage({ json }))
  return {
    publish: async (messages) => {
      await allSettled(messages.map((message) => send(topicOf(message.step), message)))
    },
    publishHeartbeat: async (heartbeat) => {
      const names = heartbeat.body.first ? [HEARTBEATS_TOPIC, topicOf('runtime')] : [HEARTBEATS_TOPIC]
      await allSettled(names.map((name) => send(name, { heartbeat })))
    },
  }
}
