import type { AgentView, CostView, ModelView, PlaneView as PlaneAnswer, StepView } from '../api/views.ts'
import type { AgentSpec } from '../documents/agent.ts'
import { isProof } from '../documents/evidence.ts'
import type { BackendName } from '../documents/fields.ts'
import type { Lease } from '../documents/heartbeat.ts'
import type { Parsed } from '../documents/parsed.ts'
import type { Condition, Status, StepStatus } from '../documents/status.ts'
import { effective } from '../documents/subject.ts'
import { can, openActions } from '../lifecycle/can.ts'
import { agentGraph, planeGraph } from '../lifecycle/graph.ts'
import type { PlaneView } from '../ports/documents.ts'
import { desiredState, planeStanding, agentStanding } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { agentResources, planeResources } from './resources.ts'

/** What a view is made from besides the documents. */
export type Sight = {
  readonly nowMs: number
  readonly lease?: Lease | undefined
  /** Where the gateway is, without what signs in. */
  readonly gatewayUrl?: string | undefined
  readonly cost?: CostView | undefined
  /** Without what is as it should be, and without what is asked about one agent only. */
  readonly brief?: boolean
}

/** One agent as it is shown. Nothing in it is secret. */
export function agentView(agent: FoundAgent, { nowMs, lease, gatewayUrl, cost, brief = false }: Sight): AgentView {
  const { plane, spec, status, owner, phase } = agent
  const accepted = status?.accepted ?? specOf(spec?.parsed)
  const planeSpec = specOf(plane.spec?.parsed)
  const backend = status?.pinned?.backend ?? accepted?.backend ?? planeSpec?.backend
  return {
    plane: plane.ref.plane,
    name: agent.name,
    uid: agent.uid,
    phase,
    desiredState: desiredState(agent),
    observed: isObserved(spec, status),
    steps: stepViews(status, agentGraph, nowMs, brief),
    conditions: conditionViews(status, brief),
    resources: brief ? [] : agentResources(status),
    createdAt: spec?.createdAt ?? status?.createdAt ?? iso(nowMs),
    actions: brief ? [] : openActions(can.agent, agentStanding(agent)),
    ...defined({
      owner,
      backend,
      cost,
      gatewayUrl,
      invalid: invalidity(spec?.parsed),
      machineType: accepted && effective(accepted, planeSpec).machineType,
      machineId: text(status?.resources['machine']?.['id']),
      model: accepted && modelView(accepted, plane.ref.plane, agent.name, backend),
      heartbeat: status && lease && heartbeatView(lease, status, nowMs),
      purgeAt: status?.purgeAtMs === undefined ? undefined : iso(status.purgeAtMs),
    }),
  }
}

/** Of the machine as it stands: one from before its start, or from another one, says nothing of it. */
function heartbeatView(lease: Lease, { resources }: Status, nowMs: number): AgentView['heartbeat'] {
  if (!isProof(lease, resources)) return undefined
  return { at: iso(lease.seenAtMs), ageMs: Math.max(0, nowMs - lease.seenAtMs), ready: lease.ready }
}

/** One plane as it is shown. */
export function planeView(view: PlaneView, nowMs: number): PlaneAnswer {
  const { ref, spec, status } = view
  const fields = specOf(spec?.parsed) ?? status?.status.accepted
  const { project, region, backend } = status?.status.pinned ?? fields ?? {}
  const standing = planeStanding(view)
  return {
    name: ref.plane,
    uid: ref.uid,
    phase: standing.phase,
    desiredState: standing.desiredState,
    observed: isObserved(spec, status?.status),
    steps: stepViews(status?.status, planeGraph, nowMs),
    conditions: conditionViews(status?.status),
    resources: planeResources(status?.status),
    createdAt: spec?.createdAt ?? status?.status.createdAt ?? iso(nowMs),
    actions: openActions(can.plane, standing),
    ...defined({ project, region, backend, agentsThatFit: roomIn(status?.status), invalid: invalidity(spec?.parsed) }),
  }
}

function roomIn(status: Status | undefined): number | undefined {
  const room = status?.resources['services']?.['agentsThatFit']
  return typeof room === 'number' ? room : undefined
}

/** Which model answers: every machine has a demo model until its agent has one of its own. */
function modelView({ model }: AgentSpec, plane: string, name: string, backend: BackendName | undefined): ModelView {
  if (model !== undefined) return { name: `${model.provider}/${model.name}`, demo: false }
  const command = `planes secret set --plane ${plane} --name ${name} --secret openai-api-key --model openai/MODEL`
  // Elsewhere no value passes through the plane: the command has its owner's gcloud add it.
  const hint = `To set a real one, ${backend === 'process' ? 'pipe its API key into' : 'run'}: ${command}`
  return { name: 'demo model', demo: true, hint }
}

type Graph = readonly { readonly name: string }[]

function stepViews(status: Status | undefined, graph: Graph, nowMs: number, brief = false): StepView[] {
  return graph.flatMap(({ name }) => {
    const step = status?.steps[name] ?? { state: 'idle', attempt: 0 }
    return brief && (isOver(step) || step.state === 'idle') ? [] : [stepView(name, step, nowMs)]
  })
}

const isOver = ({ state }: StepStatus): boolean => state === 'ready' || state === 'held' || state === 'gone'

function stepView(name: string, step: StepStatus, nowMs: number): StepView {
  const { state, attempt, reason, message, sinceMs, tookMs } = step
  return {
    name,
    state,
    attempt,
    ...defined({
      reason,
      message,
      since: sinceMs === undefined ? undefined : iso(sinceMs),
      durationMs: isOver(step) || sinceMs === undefined ? tookMs : Math.max(0, nowMs - sinceMs),
    }),
  }
}

function conditionViews(status: Status | undefined, brief = false): AgentView['conditions'] {
  const conditions = Object.entries(status?.conditions ?? {})
  const told = brief ? conditions.filter(([, { message }]) => message !== undefined) : conditions
  return told.map(([name, condition]) => conditionView(name, condition))
}

const conditionView = (name: string, { sinceMs, ...condition }: Condition): AgentView['conditions'][number] => ({
  name,
  ...condition,
  since: iso(sinceMs),
})

/** A spec that is gone asks for nothing more. */
const isObserved = (spec: { readonly generation: string } | undefined, status: Status | undefined): boolean =>
  spec === undefined || spec.generation === status?.observedGeneration

const specOf = <T>(parsed: Parsed<T> | undefined): T | undefined => (parsed?.ok === true ? parsed.spec : undefined)

const invalidity = (parsed: Parsed<unknown> | undefined): string | undefined =>
  parsed?.ok === false ? `${parsed.field} ${parsed.message}` : undefined

const iso = (ms: number): string => new Date(ms).toISOString()

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Without the fields that have no value. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
