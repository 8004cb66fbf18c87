import type { Stage } from '../documents/outcome.ts'
import type { PlaneStatus, Status } from '../documents/status.ts'
import { agentSubject, planeSubject } from '../documents/subject.ts'
import type { Subject } from '../documents/subject.ts'
import type { AgentView, View } from '../documents/view.ts'
import { acceptAgent } from './accept-agent.ts'
import { acceptPlane } from './accept-plane.ts'
import { holds } from './conditions.ts'
import { agentLifecycle, planeLifecycle, stepTarget } from './definition.ts'
import type { Definition, Desired } from './definition.ts'
import type { StepName } from '../documents/message.ts'
import type { PlaneSpec } from '../documents/plane.ts'
import { phaseOf } from './phase.ts'
import { isReady, provisioning, removal, stepOf } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { wantsOf } from './wants.ts'
import type { Wants } from './wants.ts'

/** Something to be done now. */
export type Run = { readonly step: StepName; readonly want: string; readonly stage?: Stage }

/** Something to look at again later; `key` names the wait. */
export type Wake = { readonly step: StepName; readonly atMs: number; readonly key: string }

/** The answer to "what now?" for one plane or agent. */
export type Decision = {
  readonly status: Status
  readonly subject: Subject | undefined
  readonly run: readonly Run[]
  readonly wake: readonly Wake[]
  /** The spec has served its purpose and may be deleted, freeing the name. */
  readonly specDone: boolean
}

/** An agent whose plane does not stand yet looks again this often: soon at first, for a plane that was made with it. */
const PLANE_WAIT = { soonMs: 5_000, laterMs: 60_000, laterAfterMs: 300_000 } as const

/**
 * The whole workflow as one pure question: given these documents, what is to be done now, and what is the status?
 * Undefined when there is nothing to decide about.
 */
export function next(view: View, desired: Desired, nowMs: number): Decision | undefined {
  const accepted = isAgentView(view) ? acceptAgent(view, nowMs) : acceptPlane(view, nowMs)
  return accepted && decide(view, accepted, desired, nowMs)
}

/** Which view it is. */
export const isAgentView = (view: View): view is AgentView => view.ref.kind === 'agent'

function decide(view: View, accepted: Status, desired: Desired, nowMs: number): Decision {
  const definition = isAgentView(view) ? agentLifecycle : planeLifecycle
  const begun = forgetUnpinned(definition, accepted)
  const subject = subjectOf(view, begun)
  const wants =
    subject?.spec &&
    wantsOf(definition.graph, subject, desired, [begun.accepted, begun.pinned, begun.target, planeOf(view)])
  const verdicts = verdictsOf(definition, begun, wants, nowMs)
  const unready = verdicts.flatMap(([step, verdict]) => (verdict.is === 'done' || verdict.is === 'none' ? [] : [step]))
  const phase = phaseOf(definition, begun, { unready })
  const status = observe(view, { ...begun, phase }, unready)
  const open = gate(view, status)
  return {
    status,
    subject,
    run: open ? verdicts.flatMap(([step, verdict]) => (verdict.is === 'run' ? [{ step, ...runOf(verdict) }] : [])) : [],
    wake: open
      ? verdicts.flatMap(([step, verdict]) => (verdict.is === 'later' ? [{ step, ...wakeOf(verdict) }] : []))
      : planeWait(status, nowMs),
    specDone: view.spec !== undefined && (phase === 'Removed' || phase === 'Purged'),
  }
}

const runOf = ({ want, stage }: Extract<Verdict, { is: 'run' }>): Omit<Run, 'step'> =>
  stage === undefined ? { want } : { want, stage }
const wakeOf = ({ atMs, key }: Extract<Verdict, { is: 'later' }>): Omit<Wake, 'step'> => ({ atMs, key })

function subjectOf(view: View, status: Status): Subject | undefined {
  if (status.kind === 'plane') return planeSubject(status)
  if (!isAgentView(view)) return undefined
  return agentSubject(view.ref.plane, status, planeOf(view))
}

/** The plane spec in force for an agent. */
const planeOf = (view: View): PlaneSpec | undefined =>
  isAgentView(view) ? view.plane.status?.status.accepted : undefined

/** What was never pinned was never begun: there is nothing to take away. */
function forgetUnpinned({ graph }: Definition, status: Status): Status {
  if (status.target !== 'absent' || status.pinned !== undefined) return status
  const gone = { state: 'gone', attempt: 0 } as const
  return { ...status, steps: Object.fromEntries(graph.map(({ name }) => [name, status.steps[name] ?? gone])) }
}

type Verdicts = readonly (readonly [StepName, Verdict])[]

function verdictsOf(definition: Definition, status: Status, wants: Wants | undefined, nowMs: number): Verdicts {
  if (status.target === 'absent') return removalVerdicts(definition, status, nowMs)
  if (wants === undefined) return []
  const specMissing = holds(status, 'SpecMissing')
  return definition.graph.map(({ name, needs }): readonly [StepName, Verdict] => {
    const target = stepTarget(name, status.target, specMissing)
    if (target === 'none') return [name, { is: 'none' }]
    if (target === 'absent') return [name, removal(status, { step: name, stage: 'gone', needs: [] }, nowMs)]
    const needsReady = needs.every((need) => isReady(stepOf(status, need), wants.get(need) ?? ''))
    return [
      name,
      provisioning(stepOf(status, name), wants.get(name) ?? '', needsReady, status.accepted?.retry ?? 0, nowMs),
    ]
  })
}

/** A step with two stages is asked for the first one it has not reached. */
function removalVerdicts({ removal: stages }: Definition, status: Status, nowMs: number): Verdicts {
  const open = new Map<StepName, Verdict>()
  for (const stage of stages) {
    const before = open.get(stage.step)
    if (before === undefined || before.is === 'done') open.set(stage.step, removal(status, stage, nowMs))
  }
  return [...open]
}

/** `observedGeneration` moves in the same write that makes the last step right. */
function observe(view: View, status: Status, unready: readonly StepName[]): Status {
  const { spec } = view
  if (spec === undefined || !spec.parsed.ok || unready.length > 0 || status.accepted === undefined) return status
  if (status.target === 'absent' || holds(status, 'SpecInvalid')) return status
  const observed = { ...status, observedGeneration: spec.generation }
  if (observed.kind === 'plane' || !isAgentView(view)) return observed
  return { ...observed, observedPlane: view.plane.status?.status.acceptedGeneration }
}

/**
 * Agents are provisioned on a plane that stands. A plane is taken down when no agent is left, and only after `closing`
 * was written: an agent may have been admitted until then.
 */
function gate(view: View, status: Status): boolean {
  if (!isAgentView(view))
    return status.target !== 'absent' || (view.status?.status.target === 'absent' && view.agentsLeft === false)
  return status.target === 'absent' || planeStands(view.plane.status?.status)
}

const planeStands = (plane: PlaneStatus | undefined): boolean => plane?.observedGeneration !== undefined

function planeWait(status: Status, nowMs: number): readonly Wake[] {
  if (status.kind === 'plane' || isRefused(status)) return []
  const { soonMs, laterMs, laterAfterMs } = PLANE_WAIT
  const everyMs = nowMs - Date.parse(status.createdAt) < laterAfterMs ? soonMs : laterMs
  const atMs = (Math.floor(nowMs / everyMs) + 1) * everyMs
  return [{ step: 'identity', atMs, key: `plane-${status.uid}-${atMs}` }]
}

const isRefused = (status: Status): boolean => status.accepted === undefined && holds(status, 'SpecInvalid')
