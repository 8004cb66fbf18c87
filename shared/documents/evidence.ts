import type { Heartbeat, Lease } from './heartbeat.ts'
import type { AgentStatus, PlaneStatus, Resource } from './status.ts'

/** Clocks of two functions may differ by this much. */
const SKEW_MS = 60_000

/** A heartbeat as the sweep books it. */
export const evidenceOf = ({ claims, body, receivedAtMs }: Heartbeat): Lease => ({
  instanceId: claims.instanceId,
  sub: claims.sub,
  iatS: claims.iatS,
  seenAtMs: receivedAtMs,
  ready: body.ready,
  failing: body.failing,
  appliedGeneration: body.appliedGeneration,
  ...(body.channels === undefined ? {} : { channels: body.channels }),
})

/** Where an agent's tokens are minted. `projectNumber` is undefined until its plane has found it out. */
type Origin = { readonly zone: string; readonly project: string; readonly projectNumber: string | undefined }

/** Where this agent is pinned. A plane that took the place of its own says nothing of it. */
export function originOf({ pinned, planeUid }: AgentStatus, plane: PlaneStatus | undefined): Origin | undefined {
  if (pinned === undefined) return undefined
  const number = plane?.uid === planeUid ? plane.resources['services']?.['projectNumber'] : undefined
  return { zone: pinned.zone, project: pinned.project, projectNumber: number === undefined ? number : String(number) }
}

/** Whether a heartbeat's token was minted there. */
export const isFrom = ({ claims }: Heartbeat, { zone, project, projectNumber }: Origin): boolean =>
  claims.zone === zone &&
  claims.projectId === project &&
  (projectNumber === undefined || claims.projectNumber === projectNumber)

/**
 * Whether a heartbeat proves anything about these resources: it must come from exactly the recorded account and machine,
 * after that machine's latest start. The token's own time is the provider's clock, as the start time is, in whole seconds:
 * one of the very second of the start may be older than it and proves nothing; no machine boots within it.
 */
export function isProof(evidence: Lease, resources: Readonly<Record<string, Resource>>): boolean {
  const { identity, machine } = resources
  if (machine?.['id'] === undefined || identity?.['id'] === undefined) return false
  const startedAtMs = Number(machine['startedAtMs'] ?? 0)
  return (
    evidence.instanceId === machine['id'] &&
    evidence.sub === identity['id'] &&
    evidence.iatS * 1000 >= startedAtMs &&
    evidence.seenAtMs > startedAtMs - SKEW_MS
  )
}
