import type { PubSub } from '@google-cloud/pubsub'
import { DEAD_LETTER_TOPIC, HEARTBEATS_SUBSCRIPTION, HEARTBEATS_TOPIC } from '../../../shared/documents/topics.ts'
import type { Log } from '../../../shared/ports/log.ts'
import type { Trigger } from '../../../functions/triggers.ts'
import type { HttpEvent } from './cloud-event.ts'
import { deliverer, type Counts, type Deliverer } from './deliverer.ts'
import { openInlet, registerTrigger, type Inlet } from './firestore.ts'
import { ensureSubscription, ensureTopic, publishLetter, pull } from './pubsub.ts'
import type { RetryPolicy } from './retry.ts'

/** The way from the emulators to the functions, doing what Eventarc does in production. */
export type Bridge = {
  /** For the Firestore emulator's `--functions_emulator`. */
  readonly eventsHost: string
  readonly counts: Counts
  /** Subscribes every trigger. Resolves when all of them are in force. */
  connect(to: { readonly firestoreHost: string; readonly pubsub: PubSub }): Promise<void>
  stop(): Promise<void>
}

/** What the bridge needs. */
export type BridgeOptions = {
  readonly project: string
  readonly triggers: readonly Trigger[]
  readonly invoke: (functionName: string, event: HttpEvent, signal: AbortSignal) => Promise<number>
  readonly retries: RetryPolicy
  readonly random: () => number
  readonly log: Log
  readonly concurrencyPerFunction?: number
}

/** Opens the bridge's own address; nothing flows before `connect`. */
export async function openBridge(options: BridgeOptions): Promise<Bridge> {
  const { log, project, triggers } = options
  let pubsub: PubSub | undefined
  const post = deliverer({
    ...options,
    concurrencyPerFunction: options.concurrencyPerFunction ?? 20,
    deadLetter: async (letter, attempts) => {
      if (pubsub === undefined) throw new Error('Pub/Sub is not connected yet')
      await publishLetter(pubsub, DEAD_LETTER_TOPIC, letter, attempts)
    },
  })
  const inlet = await openInlet((reason, document) => dropped(post, log, reason, document), log)
  const streams: { close(): Promise<void> }[] = []
  return {
    eventsHost: inlet.host,
    counts: post.counts,
    connect: async (to) => {
      pubsub = to.pubsub
      await createShared(to.pubsub)
      inlet.open((delivery) => void post.deliver(delivery))
      const topics = triggers.filter((trigger) => trigger.kind === 'topic')
      streams.push(
        ...(await Promise.all(
          topics.map((trigger) => pull(to.pubsub, trigger, (delivery) => post.deliver(delivery), log)),
        )),
      )
      await registerAll(to.firestoreHost, project, triggers)
    },
    stop: () => stopAll(inlet, post, streams),
  }
}

function dropped({ counts }: Deliverer, log: Log, reason: string, document: string): void {
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

async function registerAll(firestoreHost: string, project: string, triggers: readonly Trigger[]): Promise<void> {
  for (const trigger of triggers) {
    if (trigger.kind === 'firestore') await registerTrigger(firestoreHost, project, trigger)
  }
}

async function stopAll(inlet: Inlet, post: Deliverer, streams: readonly { close(): Promise<void> }[]): Promise<void> {
  await inlet.close()
  await post.stop()
  await Promise.allSettled(streams.map((stream) => stream.close()))
}
