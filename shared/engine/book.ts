import { evidenceOf, isFrom, originOf } from '../documents/evidence.ts'
import type { Heartbeat } from '../documents/heartbeat.ts'
import type { AgentRef } from '../documents/ref.ts'
import { isOverruled } from '../lifecycle/alive.ts'
import type { Ports } from '../ports/ports.ts'

/**
 * Books the heartbeat that came with a message to `runtime`, so that it counts even when the machine's own step has not
 * been recorded yet. It must come from the agent's account; from which machine is judged when it is used.
 */
export async function book(ref: AgentRef, heartbeat: Heartbeat, { documents }: Ports): Promise<void> {
  const { status, plane } = await documents.viewAgent(ref)
  const origin = status && originOf(status.status, plane.status?.status)
  if (origin === undefined || !isFrom(heartbeat, origin)) return
  if (status?.status.resources['identity']?.['id'] !== heartbeat.claims.sub) return
  const booked = await documents.readLease(ref)
  if (booked !== undefined && isOverruled(status.status, heartbeat, booked)) return
  await documents.writeLeases(ref.plane, new Map([[ref.uid, evidenceOf(heartbeat)]]))
}
