import type { PubSub } from '@google-cloud/pubsub'
import { DEAD_LETTER_TOPIC, HEARTBEATS_SUBSCRIPTION, HEARTBEATS_TOPIC } from '../../../shared/documents/topics.ts'
import type { Log } from '../../../shared/ports/log.ts'
import type { Trigger } from '../../../functions/triggers.ts'
import type { HttpEvent } from './cloud-event.ts'
import { deliverer, type Counts, type Deliverer } from './deliverer.ts'
import { registerTrigger, type Inlet } from './firestore.ts'
import { ensureSubscription, ensureTopic, publishLetter, pull } from './pubsub.ts'
import type { RetryPolicy } from './retry.ts'

/** The way from the emulators to the functions, doing what Eventarc does in production. */
export type Bridge = {
  readonly counts: Counts
  /** Ends within about a second. The inlet is closed too. */
  stop(): Promise<void>
}

/** What the bridge needs. */
export type BridgeOptions = {
  readonly project: string
  readonly triggers: readonly Trigger[]
  readonly inlet: Inlet
  readonly firestoreHost: string
  readonly pubsub: PubSub
  /** Sends an event to a function. Resolves with the HTTP status; rejects when nobody answers. */
  readonly invoke: (functionName: string, event: HttpEvent, signal: AbortSignal) => Promise<number>
  readonly retries: RetryPolicy
  readonly random: () => number
  readonly log: Log
}

const CONCURRENCY_PER_FUNCTION = 20

/** Subscribes every trigger to its events. Resolves when all of them are in force. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { inlet, log, pubsub, triggers } = options
  const post = deliverer({
    ...options,
    concurrencyPerFunction: CONCURRENCY_PER_FUNCTION,
    deadLetter: (letter, attempts) => publishLetter(pubsub, DEAD_LETTER_TOPIC, letter, attempts),
  })
  inlet.open({
    accept: (delivery) => void post.deliver(delivery),
    drop: (reason, document) => dropped(post, log, reason, document),
    log,
  })
  await createShared(pubsub)
  const topics = triggers.filter((trigger) => trigger.kind === 'topic')
  const streams = await Promise.all(
    topics.map((trigger) => pull(pubsub, trigger, (delivery) => post.deliver(delivery), log)),
  )
  await registerAll(options)
  return {
    counts: post.counts,
    stop: async () => {
      await inlet.close()
      await post.stop()
      await Promise.allSettled(streams.map((stream) => stream.close()))
    },
  }
}

function dropped({ counts }: Deliverer, log: Log, reason: 'TooLarge' | 'NothingChanged', document: string): void {
  counts.dropped += 1
  if (reason === 'TooLarge')
    log.error('event.dropped', { reason: `${document} is over 512 KB: no function hears of it` })
}

/** What has no trigger of its own: where dead letters are kept, and what the sweep drains. */
async function createShared(pubsub: PubSub): Promise<void> {
  await Promise.all([ensureTopic(pubsub, DEAD_LETTER_TOPIC), ensureTopic(pubsub, HEARTBEATS_TOPIC)])
  await Promise.all([
    ensureSubscription(pubsub, DEAD_LETTER_TOPIC, DEAD_LETTER_TOPIC),
    ensureSubscription(pubsub, HEARTBEATS_TOPIC, HEARTBEATS_SUBSCRIPTION),
  ])
}

async function registerAll({ firestoreHost, project, triggers }: BridgeOptions): Promise<void> {
  for (const trigger of triggers) {
    if (trigger.kind === 'firestore') await registerTrigger(firestoreHost, project, trigger)
  }
}
