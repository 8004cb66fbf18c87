import type { Firestore } from '@google-cloud/firestore'
import type { PubSub } from '@google-cloud/pubsub'
import { DEAD_LETTER_TOPIC, HEARTBEATS_SUBSCRIPTION, HEARTBEATS_TOPIC } from '../../../shared/documents/topics.ts'
import type { Log } from '../../../shared/ports/log.ts'
import type { Trigger } from '../../../functions/triggers.ts'
import type { HttpEvent } from './cloud-event.ts'
import { deliverer, type Counts, type Deliverer } from './deliverer.ts'
import { registerTrigger, type DocumentTrigger, type Inlet, type Intake } from './firestore.ts'
import { ensureSubscription, ensureTopic, publishLetter, pull } from './pubsub.ts'
import type { RetryPolicy } from './retry.ts'
import { watchDocuments } from './watch.ts'

/** The way from the emulators to the functions, doing what Eventarc does in production. */
export type Bridge = {
  readonly counts: Counts
  /** Ends within about a second. */
  stop(): Promise<void>
}

/** How changes of documents are heard of: an emulator of ours delivers them to the inlet, another one is watched. */
export type DocumentSource =
  | { readonly is: 'delivered'; readonly inlet: Inlet; readonly firestoreHost: string }
  | { readonly is: 'watched'; readonly firestore: Firestore }

/** What the bridge needs. */
export type BridgeOptions = {
  readonly project: string
  readonly triggers: readonly Trigger[]
  readonly documents: DocumentSource
  readonly pubsub: PubSub
  /** Sends an event to a function. Resolves with the HTTP status; rejects when nobody answers. */
  readonly invoke: (functionName: string, event: HttpEvent, signal: AbortSignal) => Promise<number>
  readonly retries: RetryPolicy
  readonly random: () => number
  readonly log: Log
}

const CONCURRENCY_PER_FUNCTION = 20

type Stream = { close(): Promise<unknown> }

/** Subscribes every trigger to its events. Resolves when all of them are in force. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { log, pubsub, triggers } = options
  const post = deliverer({
    ...options,
    concurrencyPerFunction: CONCURRENCY_PER_FUNCTION,
    deadLetter: (letter, attempts) => publishLetter(pubsub, DEAD_LETTER_TOPIC, letter, attempts),
  })
  await createShared(pubsub)
  const topics = triggers.filter((trigger) => trigger.kind === 'topic')
  const streams: Stream[] = await Promise.all(
    topics.map((trigger) => pull(pubsub, trigger, (delivery) => post.deliver(delivery), log)),
  )
  streams.push(...(await subscribeDocuments(options, post)))
  return {
    counts: post.counts,
    stop: async () => {
      await post.stop()
      await Promise.allSettled(streams.map((stream) => stream.close()))
    },
  }
}

async function subscribeDocuments(
  { documents, project, triggers, log }: BridgeOptions,
  post: Deliverer,
): Promise<Stream[]> {
  const wanted = triggers.filter((trigger): trigger is DocumentTrigger => trigger.kind === 'firestore')
  const accept: Intake['accept'] = (delivery) => void post.deliver(delivery)
  if (documents.is === 'watched') {
    return wanted.map((trigger) => watchDocuments(documents.firestore, project, trigger, accept, log))
  }
  const { inlet, firestoreHost } = documents
  inlet.open({ accept, drop: (reason, document) => dropped(post, log, reason, document), log })
  for (const trigger of wanted) await registerTrigger(firestoreHost, project, trigger)
  return [inlet]
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
