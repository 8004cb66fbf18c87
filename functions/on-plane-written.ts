import type { CloudEvent } from '@google-cloud/functions-framework'
import { reconcile } from '../shared/engine/reconcile.ts'
import type { Ports } from '../shared/ports/ports.ts'
import { documentIn } from './received.ts'

/** Firestore: somebody wrote a plane. */
export const onPlaneWritten = (ports: () => Promise<Ports>) => async (event: CloudEvent<unknown>) => {
  const written = documentIn(event)
  const { documents, log } = await ports()
  if (written === undefined) return log.warn('event.unreadable', { reason: 'onPlaneWritten', count: 1 })
  const ref = await documents.findPlane(written.plane)
  if (ref !== undefined) await reconcile(ref, await ports())
}
