import type { Firestore } from '@google-cloud/firestore'
import { PubSub } from '@google-cloud/pubsub'
import { HEARTBEATS_SUBSCRIPTION, HEARTBEATS_TOPIC } from '../../shared/documents/topics.ts'
import { ensureSubscription, ensureTopic } from '../../infra/local/bridge/pubsub.ts'
import { pubsubBus } from '../../shared/gcp/bus.ts'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreDocuments } from '../../shared/gcp/documents.ts'
import { randomIds } from '../../shared/gcp/ids.ts'
import { pubsubInbox } from '../../shared/gcp/inbox.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { FakeCloud } from '../fakes/cloud.ts'
import { instantCloud } from '../fakes/instant-cloud.ts'
import { recordingLog } from '../fakes/log.ts'

/** The engine over real adapters without functions, and what it asked others to do. */
export type BareEngine = { readonly ports: Ports; readonly cloud: FakeCloud; readonly asked: () => number }

/** Ports over Firestore and Pub/Sub. What is published to steps is counted, and goes nowhere. */
export async function bareEngine(project: string, firestore: Firestore): Promise<BareEngine> {
  const pubsub = new PubSub({ projectId: project })
  await ensureTopic(pubsub, HEARTBEATS_TOPIC)
  await ensureSubscription(pubsub, HEARTBEATS_TOPIC, HEARTBEATS_SUBSCRIPTION)
  const { log } = recordingLog()
  const bus = pubsubBus(pubsub)
  const { cloud, backend } = instantCloud({ bus, clock: systemClock, log })
  let asked = 0
  const ports: Ports = {
    documents: firestoreDocuments(firestore, log),
    bus: { ...bus, publish: async (messages) => void (asked += messages.length) },
    inbox: pubsubInbox(pubsub, HEARTBEATS_SUBSCRIPTION, log),
    delays: { schedule: async () => void (asked += 1) },
    clock: systemClock,
    ids: randomIds,
    log,
    backends: ['vm'],
    backend: () => backend,
  }
  return { ports, cloud, asked: () => asked }
}
