import type { CloudEvent } from '@google-cloud/functions-framework'
import { reconcile } from '../shared/engine/reconcile.ts'
import type { Ports } from '../shared/ports/ports.ts'
import { documentIn } from './received.ts'

/** Firestore: somebody wrote an agent. The event says which; what, is read when it is acted upon. */
export const onAgentWritten = (ports: () => Promise<Ports>) => async (event: CloudEvent<unknown>) => {
  const written = documentIn(event)
  const { documents, log } = await ports()
  if (written?.name === undefined) return log.warn('event.unreadable', { reason: 'onAgentWritten', count: 1 })
  const ref = await documents.findAgent(written.plane, written.name)
  if (ref !== undefined) await reconcile(ref, await ports())
}
