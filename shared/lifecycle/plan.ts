import type { StepName } from '../documents/message.ts'
import type { Resource, Status, StepStatus } from '../documents/status.ts'
import type { AgentView, PlaneView, View } from '../documents/view.ts'
import type { Desired } from './definition.ts'
import { agentGraph, planeGraph } from './graph.ts'
import { isAgentView, next } from './next.ts'
import type { Decision, Run } from './next.ts'

/** What a step would do: make or mend what is wanted, keep what it has, or take it away. */
export type Planned = { readonly step: StepName; readonly does: 'apply' | 'hold' | 'remove' }

/**
 * The steps that these documents would have done, in their order: the planner is asked again and again, as if every step
 * it names succeeded at once. What is under way or waits counts as still to be done.
 */
export function plan(view: View, desired: Desired, nowMs: number): readonly Planned[] {
  const planned: Planned[] = []
  let world = unhurried(isAgentView(view) ? onStandingPlane(view) : view)
  for (;;) {
    const decision = next(world, desired, nowMs)
    if (decision === undefined) return planned
    if (isUnpinned(decision)) return wholeGraph(view)
    if (decision.run.length === 0) return planned
    for (const { step, stage } of decision.run)
      planned.push({ step, does: stage === undefined ? 'apply' : stage === 'held' ? 'hold' : 'remove' })
    const replaced = isReplaced(view.status?.status, decision.status)
    world = withStatus(
      world,
      decision.run.reduce((status, run) => succeeded(status, run, replaced), decision.status),
    )
  }
}

/** Nothing is known of a place yet: whatever there is to make is still to be made. */
const isUnpinned = ({ status }: Decision): boolean => status.pinned === undefined && status.target !== 'absent'

const wholeGraph = (view: View): readonly Planned[] =>
  (isAgentView(view) ? agentGraph : planeGraph).map(({ name }) => ({ step: name, does: 'apply' }))

/** Without leases and pauses, which delay what is to be done and do not change it. */
function unhurried(view: View): View {
  const status = view.status?.status
  if (status === undefined) return view
  const entries = Object.entries(status.steps).map(([name, step]): [string, StepStatus] =>
    step.state === 'doing' || step.state === 'waiting'
      ? [name, { state: 'idle', attempt: step.attempt }]
      : [name, step],
  )
  return withStatus(view, { ...status, steps: Object.fromEntries(entries) })
}

/** An agent waits for its plane; its plan is what comes after. */
function onStandingPlane(view: AgentView): AgentView {
  const plane = view.plane.status
  if (plane === undefined || plane.status.observedGeneration !== undefined) return view
  return {
    ...view,
    plane: { ...view.plane, status: { ...plane, status: { ...plane.status, observedGeneration: '' } } },
  }
}

function succeeded(status: Status, { step, want, stage }: Run, isReplaced: boolean): Status {
  const state = stage ?? 'ready'
  return {
    ...status,
    steps: { ...status.steps, [step]: { state, want, attempt: 1 } },
    resources: { ...status.resources, [step]: remade(status.resources[step], want, step === 'machine' && isReplaced) },
  }
}

/** What was made before keeps its id, save a machine of another shape; what runs on it starts anew. */
const remade = (resource: Resource | undefined, want: string, isReplaced: boolean): Resource => ({
  ...resource,
  id: resource === undefined || isReplaced ? want : (resource['id'] ?? want),
  generation: want,
})

/** Another size or release of OpenClaw means another machine. */
function isReplaced(before: Status | undefined, after: Status): boolean {
  if (before?.kind !== 'agent' || after.kind !== 'agent' || before.accepted === undefined) return false
  const { machineType, openclawVersion } = before.accepted
  return machineType !== after.accepted?.machineType || openclawVersion !== after.accepted?.openclawVersion
}

function withStatus(view: View, status: Status): View {
  const document = { version: view.status?.version ?? '', status }
  return isAgentView(view)
    ? ({ ...view, status: document } as AgentView)
    : ({ ...view, status: document, agentsLeft: false } as PlaneView)
}
