import { v1 } from '@google-cloud/pubsub'
import type { PubSub } from '@google-cloud/pubsub'
import type { Heartbeat } from '../documents/heartbeat.ts'
import { HeartbeatMessage } from '../documents/message.ts'
import type { HeartbeatInbox } from '../ports/bus.ts'
import type { Log } from '../ports/log.ts'
import { answered } from './errors.ts'
import { lazily } from './lazily.ts'

/** The most that one pull answers, and that one acknowledgement takes. */
const BATCH = 1000
/** Pub/Sub may answer nothing though there is something; a machine must not be called late for that. */
const EMPTY_ANSWERS = 2

/** Heartbeats in a Pub/Sub subscription, pulled when the sweep asks. */
export function pubsubInbox(pubsub: PubSub, subscription: string, log: Log): HeartbeatInbox {
  const client = lazily(async () => new v1.SubscriberClient({ ...(await pubsub.getClientConfig()) }))
  return {
    drain: async (limit) => {
      const subscriber = await client()
      const path = subscriber.subscriptionPath(pubsub.projectId, subscription)
      const received = await pullAll(subscriber, path, limit)
      const parsed = received.map(({ data }) => heartbeatIn(data))
      const heartbeats = parsed.filter((heartbeat) => heartbeat !== undefined)
      const poison = received.length - heartbeats.length
      if (poison > 0) log.warn('heartbeat.unreadable', { count: poison })
      return { heartbeats, acknowledge: () => acknowledge(subscriber, path, received) }
    },
  }
}

type Received = { readonly ackId: string; readonly data: string }

async function pullAll(subscriber: v1.SubscriberClient, path: string, limit: number): Promise<readonly Received[]> {
  const received: Received[] = []
  for (let empty = 0; received.length < limit && empty < EMPTY_ANSWERS;) {
    const maxMessages = Math.min(BATCH, limit - received.length)
    const request = { subscription: path, maxMessages, returnImmediately: true }
    const [{ receivedMessages }] = await answered('Pub/Sub', subscriber.pull(request))
    const messages = receivedMessages ?? []
    empty = messages.length === 0 ? empty + 1 : 0
    received.push(
      ...messages.map(({ ackId, message }) => ({
        ackId: ackId ?? '',
        data: Buffer.from(message?.data ?? '').toString(),
      })),
    )
  }
  return received
}

function heartbeatIn(data: string): Heartbeat | undefined {
  try {
    return HeartbeatMessage.parse(JSON.parse(data)).heartbeat
  } catch {
    return undefined
  }
}

async function acknowledge(
  subscriber: v1.SubscriberClient,
  path: string,
  received: readonly Received[],
): Promise<void> {
  for (let from = 0; from < received.length; from += BATCH) {
    const ackIds = received.slice(from, from + BATCH).map(({ ackId }) => ackId)
    await answered('Pub/Sub', subscriber.acknowledge({ subscription: path, ackIds }))
  }
}
