import { AgentSpec } from '../../shared/documents/agent.ts'
import { PlaneSpec } from '../../shared/documents/plane.ts'
import type { Parsed } from '../../shared/documents/parsed.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { AgentStatus, PlaneStatus, Resource, Status, StepStatus } from '../../shared/documents/status.ts'
import { agentSubject, planeSubject } from '../../shared/documents/subject.ts'
import type { AgentView, PlaneView, SpecDocument } from '../../shared/documents/view.ts'
import { agentGraph, planeGraph } from '../../shared/lifecycle/graph.ts'
import { wantOf } from '../../shared/lifecycle/want.ts'
import { desired } from '../../shared/steps/steps.ts'

/** The moment at which tables of decisions are asked, unless they are about time. */
export const NOW_MS = Date.UTC(2026, 0, 1)

const CREATED_AT = new Date(NOW_MS).toISOString()
const PLANE_UID = 'planeaaaa2'

/** The plane and the agent that builders are about. */
export const PLANE_REF: PlaneRef = { kind: 'plane', plane: 'acme', uid: PLANE_UID }
export const AGENT_REF: AgentRef = { kind: 'agent', plane: 'acme', planeUid: PLANE_UID, name: 'ada', uid: 'adaaaaaaa2' }

type Fields = Readonly<Record<string, unknown>>

/** A valid agent spec. */
export const aSpec = (fields: Fields = {}): AgentSpec =>
  AgentSpec.parse({ createdAt: CREATED_AT, owner: 'ada@acme.com', ...fields })

/** A valid plane spec. */
export const aPlaneSpec = (fields: Fields = {}): PlaneSpec =>
  PlaneSpec.parse({ createdAt: CREATED_AT, project: 'acme-project', region: 'us-east4', ...fields })

/** A document that the border refused. */
export const refused = (field: string, message: string, removed = false, purge = false): Parsed<never> => ({
  ok: false,
  field,
  message,
  removed,
  purge,
})

const common = {
  target: 'present',
  phase: 'Pending',
  steps: {},
  resources: {},
  retained: [],
  conditions: {},
  createdAt: CREATED_AT,
} satisfies Partial<Status>

/** What was observed of a pinned agent that has done nothing yet. */
export const aStatus = (fields: Partial<AgentStatus> = {}): AgentStatus => ({
  ...common,
  kind: 'agent',
  uid: AGENT_REF.uid,
  name: AGENT_REF.name,
  planeUid: PLANE_UID,
  owner: 'ada@acme.com',
  pinned: { owner: 'ada@acme.com', backend: 'vm', project: 'acme-project', region: 'us-east4', zone: 'us-east4-a' },
  accepted: aSpec(),
  ...fields,
})

/** What was observed of a plane that stands. */
export const aPlaneStatus = (fields: Partial<PlaneStatus> = {}): PlaneStatus => ({
  ...common,
  kind: 'plane',
  uid: PLANE_UID,
  name: PLANE_REF.plane,
  pinned: { backend: 'vm', project: 'acme-project', region: 'us-east4', zone: 'us-east4-a' },
  accepted: aPlaneSpec(),
  acceptedGeneration: 'p1',
  observedGeneration: 'p1',
  ...fields,
})

const RESOURCES: Readonly<Record<string, Resource>> = {
  identity: { id: 'account-1', email: 'ada@acme-project' },
  disk: { id: 'disk-1', zone: 'us-east4-a' },
  secrets: { count: 0 },
  egress: { rule: false },
  machine: { id: 'machine-1', startedAtMs: NOW_MS - 60_000, generation: 'g1' },
  access: { machine: 'machine-1' },
  channels: {},
  runtime: {},
}

/** An agent all of whose steps, or only those named, are done for what is wanted of it today. */
export function aReadyStatus(
  fields: Partial<AgentStatus> = {},
  done: readonly string[] = Object.keys(RESOURCES),
): AgentStatus {
  const made = Object.fromEntries(Object.entries(RESOURCES).filter(([step]) => done.includes(step)))
  const status = aStatus({ resources: made, observedGeneration: 'a1', observedPlane: 'p1', ...fields })
  return { ...status, steps: { ...doneFor(status, done), ...fields.steps } }
}

/** A plane all of whose steps, or only those named, are done. */
export function aReadyPlaneStatus(
  fields: Partial<PlaneStatus> = {},
  done = ['services', 'grants', 'network'],
): PlaneStatus {
  const status = aPlaneStatus(fields)
  return { ...status, steps: { ...doneFor(status, done), ...fields.steps } }
}

function doneFor(status: Status, done: readonly string[]): Record<string, StepStatus> {
  const subject = status.kind === 'agent' ? agentSubject(PLANE_REF.plane, status, aPlaneSpec()) : planeSubject(status)
  if (subject === undefined) return {}
  const graph = status.kind === 'agent' ? agentGraph : planeGraph
  return Object.fromEntries(
    graph
      .filter(({ name }) => done.includes(name))
      .map(({ name }) => [
        name,
        { state: 'ready', want: wantOf(desired(name, subject)), attempt: 1, sinceMs: NOW_MS - 60_000 },
      ]),
  )
}

const isParsed = <S>(spec: S | Parsed<S>): spec is Parsed<S> => typeof Object(spec).ok === 'boolean'

const document = <S>(uid: string, generation: string, spec: S | Parsed<S>): SpecDocument<S> => ({
  uid,
  generation,
  createdAt: CREATED_AT,
  parsed: isParsed(spec) ? spec : { ok: true, spec },
})

type PlaneParts = {
  readonly spec?: PlaneSpec | Parsed<PlaneSpec> | undefined
  readonly status?: PlaneStatus | undefined
  readonly agentsLeft?: boolean
}

/** A plane that stands, unless its parts are named: a part that is `undefined` is not there. */
export const aPlaneView = (parts: PlaneParts = {}): PlaneView => {
  const { spec, status } = { spec: aPlaneSpec(), status: aReadyPlaneStatus(), ...parts }
  return {
    ref: PLANE_REF,
    spec: spec && document(PLANE_UID, 'p1', spec),
    status: status && { version: '1', status },
    ...(parts.agentsLeft === undefined ? {} : { agentsLeft: parts.agentsLeft }),
  }
}

type AgentParts = {
  readonly spec?: AgentSpec | Parsed<AgentSpec> | undefined
  readonly status?: AgentStatus | undefined
  readonly plane?: PlaneView
  readonly generation?: string
  readonly successor?: string
}

/** An agent's spec on a plane that stands, without a status, unless its parts are named. */
export const aView = (parts: AgentParts = {}): AgentView => {
  const { spec } = { spec: aSpec(), ...parts }
  return {
    ref: AGENT_REF,
    plane: parts.plane ?? aPlaneView(),
    spec: spec && document(AGENT_REF.uid, parts.generation ?? 'a1', spec),
    status: parts.status && { version: '1', status: parts.status },
    ...(parts.successor === undefined ? {} : { successor: parts.successor }),
  }
}
