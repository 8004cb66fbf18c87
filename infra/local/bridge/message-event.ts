import type { HttpEvent } from './cloud-event.ts'

/** A Pub/Sub message as the client library hands it over. */
export type PulledMessage = {
  readonly id: string
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  /** RFC 3339 with microseconds. */
  readonly publishTime: string
  readonly orderingKey?: string | undefined
}

/** Where a message was pulled from. */
export type Source = { readonly project: string; readonly topic: string; readonly subscription: string }

/**
 * A pulled message as Eventarc delivers it.
 * https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/pubsub/v1/data.proto
 */
export function messageEvent(
  message: PulledMessage,
  { project, topic, subscription }: Source,
  attempt: number,
): HttpEvent {
  const body = {
    message: {
      data: Buffer.from(message.data).toString('base64'),
      attributes: message.attributes,
      messageId: message.id,
      publishTime: message.publishTime,
      ...(message.orderingKey ? { orderingKey: message.orderingKey } : {}),
    },
    subscription: `projects/${project}/subscriptions/${subscription}`,
    deliveryAttempt: attempt,
  }
  return {
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': message.id,
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-source': `//pubsub.googleapis.com/projects/${project}/topics/${topic}`,
      'ce-time': message.publishTime,
    },
    body: new TextEncoder().encode(JSON.stringify(body)),
  }
}
