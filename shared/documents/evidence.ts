import type { Heartbeat, Lease } from './heartbeat.ts'
import type { Resource } from './status.ts'

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

/**
 * Whether a heartbeat's token was minted where this agent is pinned. A project's id says as much as its number: it is never
 * given to another. https://cloud.google.com/resource-manager/docs/creating-managing-projects#identifying_projects
 */
export const isFrom = (
  { claims }: Heartbeat,
  { zone, project }: { readonly zone: string; readonly project: string },
): boolean => claims.zone === zone && claims.projectId === project

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
