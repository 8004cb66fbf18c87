import type { AgentStatus } from '../documents/status.ts'

const SETTLED: ReadonlySet<AgentStatus['phase']> = new Set(['Ready', 'Stopped', 'Removed', 'Purged'])

/** A spec as the sweep lists it. */
export type SpecSeen = { readonly uid: string; readonly generation: string }

/** Whether a pass over this agent may find something to do. Settled agents cost the sweep no read of their own. */
export function needsPass(
  status: AgentStatus,
  spec: SpecSeen | undefined,
  planeGeneration: string | undefined,
  nowMs: number,
): boolean {
  if (!SETTLED.has(status.phase)) return true
  const own = spec?.uid === status.uid ? spec : undefined
  if (status.target === 'absent')
    return own !== undefined || (status.phase === 'Removed' && (status.purgeAtMs ?? 0) <= nowMs)
  return own === undefined || own.generation !== status.observedGeneration || status.observedPlane !== planeGeneration
}
