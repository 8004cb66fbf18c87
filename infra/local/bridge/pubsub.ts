import type { Message, PubSub, Subscription } from '@google-cloud/pubsub'
import type { Log } from '../../../shared/ports/log.ts'
import type { Trigger } from '../../../functions/triggers.ts'
import type { Delivery, Letter } from './cloud-event.ts'
import type { Outcome } from './deliverer.ts'
import { messageEvent, type Source } from './message-event.ts'

/** Triggers on topics. */
export type TopicTrigger = Extract<Trigger, { kind: 'topic' }>

const ALREADY_EXISTS = 6

/** Pub/Sub's own ceiling. https://cloud.google.com/pubsub/docs/lease-management */
const ACK_DEADLINE_S = 600

/** Creates a topic unless it is there. */
export async function ensureTopic(pubsub: PubSub, topic: string): Promise<void> {
  await settled(pubsub.createTopic(topic))
}

/** Creates a subscription unless it is there. */
export async function ensureSubscription(pubsub: PubSub, topic: string, subscription: string): Promise<void> {
  await settled(pubsub.createSubscription(topic, subscription, { ackDeadlineSeconds: ACK_DEADLINE_S }))
}

async function settled(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (Object(error).code !== ALREADY_EXISTS) throw error
  }
}

/** The name of a trigger's subscription: Eventarc makes one per trigger, of a name of its own. */
const subscriptionOf = (trigger: TopicTrigger): string => `eventarc-${trigger.name}`

/** Pulls a topic's messages for one function until closed. */
export async function pull(
  pubsub: PubSub,
  trigger: TopicTrigger,
  deliver: (delivery: Delivery) => Promise<Outcome>,
  log: Log,
): Promise<Subscription> {
  const subscription = subscriptionOf(trigger)
  await ensureTopic(pubsub, trigger.topic)
  await ensureSubscription(pubsub, trigger.topic, subscription)
  const source: Source = { project: pubsub.projectId, topic: trigger.topic, subscription }
  const stream = pubsub.subscription(subscription, { flowControl: { maxMessages: 1_000 } })
  stream.on('message', (message: Message) => {
    void settle(message, deliver(deliveryOf(trigger, message, source)))
  })
  stream.on('error', (error: unknown) => log.error('pubsub.pull-failed', { step: trigger.name, error }))
  return stream
}

async function settle(message: Message, outcome: Promise<Outcome>): Promise<void> {
  const how = await outcome
  if (how === 'delivered' || how === 'dead-lettered') message.ack()
  else message.nack()
}

function deliveryOf(trigger: TopicTrigger, message: Message, source: Source): Delivery {
  const pulled = {
    id: message.id,
    data: message.data,
    attributes: message.attributes,
    publishTime: message.publishTime.toISOString(),
    orderingKey: message.orderingKey,
  }
  const { data, attributes, publishTime } = pulled
  return {
    functionName: trigger.name,
    letter: { data, attributes, subscription: source.subscription, publishTime },
    event: (attempt) => messageEvent(pulled, source, attempt),
  }
}

/** Publishes what could not be handled, with the attributes Pub/Sub adds itself when it forwards a message. */
export async function publishLetter(pubsub: PubSub, topic: string, letter: Letter, attempts: number): Promise<void> {
  const attributes = {
    ...letter.attributes,
    CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
    CloudPubSubDeadLetterSourceSubscription: letter.subscription,
    CloudPubSubDeadLetterSourceSubscriptionProject: pubsub.projectId,
    CloudPubSubDeadLetterSourceTopicPublishTime: letter.publishTime,
  }
  await pubsub
    .topic(topic, { batching: { maxMessages: 1 } })
    .publishMessage({ data: Buffer.from(letter.data), attributes })
}
