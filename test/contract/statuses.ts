import { AgentSpec } from '../../shared/documents/agent.ts'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { AgentStatus, PlaneStatus } from '../../shared/documents/status.ts'

const CREATED_AT = '2026-11-01T08:00:00.000000Z'

const observed = {
  target: 'present',
  phase: 'Pending',
  steps: {},
  resources: {},
  retained: [],
  conditions: {},
  createdAt: CREATED_AT,
} as const satisfies Partial<AgentStatus>

/** The fields of a plane as a person writes them. */
export const planeFields = { project: 'acme-agents', region: 'us-east4', backend: 'process' } as const

/** The fields of an agent as a person writes them. */
export const agentFields = { owner: 'ada@acme.com' } as const

/** What an agent was accepted with. */
export const accepted = AgentSpec.parse({ ...agentFields, createdAt: CREATED_AT })

/** A plane's status; name only what the test is about. */
export const planeStatus = (ref: PlaneRef, fields: Partial<PlaneStatus> = {}): PlaneStatus => ({
  ...observed,
  kind: 'plane',
  uid: ref.uid,
  name: ref.plane,
  ...fields,
})

/** An agent's status; name only what the test is about. */
export const agentStatus = (ref: AgentRef, fields: Partial<AgentStatus> = {}): AgentStatus => ({
  ...observed,
  kind: 'agent',
  uid: ref.uid,
  planeUid: ref.planeUid,
  name: ref.name,
  ...fields,
})

/** A machine's last heartbeat. */
export const lease = (fields: Partial<Lease> = {}): Lease => ({
  instanceId: '1',
  sub: 's',
  iatS: 1,
  seenAtMs: 2,
  ready: true,
  failing: [],
  appliedGeneration: 'g',
  ...fields,
})
