import type { AgentStatus, PlaneStatus } from '../documents/status.ts'

type Common = Pick<AgentStatus, keyof AgentStatus & keyof PlaneStatus>

/** What planes and agents have in common before anything was done. */
export const newStatus = (
  uid: string,
  name: string,
  createdAt: string,
): Omit<Common, 'kind' | 'pinned' | 'accepted'> => ({
  uid,
  name,
  target: 'present',
  phase: 'Pending',
  steps: {},
  resources: {},
  retained: [],
  conditions: {},
  createdAt,
})
