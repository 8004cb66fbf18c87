import type { CloudEvent } from '@google-cloud/functions-framework'
import { z } from 'zod'
import type { Heartbeat } from '../shared/documents/heartbeat.ts'
import { HeartbeatMessage, StepMessage } from '../shared/documents/message.ts'
import { uidsOf } from '../shared/documents/names.ts'
import { topicOf } from '../shared/documents/topics.ts'
import { reconcile } from '../shared/engine/reconcile.ts'
import type { Ports } from '../shared/ports/ports.ts'
import { messageIn } from './received.ts'

const Message = z.union([StepMessage, HeartbeatMessage])

/**
 * Pub/Sub: somebody asks for a look at one step of one agent. What can never succeed is logged, counted and
 * acknowledged; whatever else fails comes again.
 */
export const step = (topic: string, ports: () => Promise<Ports>) => async (event: CloudEvent<unknown>) => {
  const message = messageIn(event, Message)
  const { log } = await ports()
  if (message === undefined) return log.warn('message.unreadable', { reason: topic, count: 1 })
  const name = 'heartbeat' in message ? 'runtime' : message.step
  // Each function has rights for its own step only.
  if (topicOf(name) !== topic) return log.warn('message.misplaced', { step: name, reason: topic, count: 1 })
  if ('heartbeat' in message) return wake(message.heartbeat, await ports())
  await reconcile(message.ref, await ports(), { step: message.step })
}

/** A machine's first heartbeat is what its `runtime` waits for. */
async function wake(heartbeat: Heartbeat, ports: Ports): Promise<void> {
  const uid = uidsOf(heartbeat.claims.email)?.uid
  const ref = uid === undefined ? undefined : await ports.documents.findAgentByUid(uid)
  if (ref === undefined) return ports.log.warn('heartbeat.unknown', { uid: uid ?? '', count: 1 })
  await reconcile(ref, ports, { step: 'runtime', heartbeat })
}
