import type { Stage } from '../documents/outcome.ts'
import type { Target } from '../documents/status.ts'
import type { Subject } from '../documents/subject.ts'
import { agentGraph, agentRemoval, planeGraph, planeRemoval } from './graph.ts'
import type { Node } from './graph.ts'
import type { AgentStep, PlaneStep, StepName } from '../documents/message.ts'

/** What each step asks of the world, derived from its subject alone. */
export type Desired = (step: StepName, subject: Subject) => unknown

/** One removal stage: which step, how far, and what must have come first. */
export type RemovalStage = { readonly step: StepName; readonly stage: Stage; readonly needs: readonly RemovalStage[] }

/** A lifecycle as data: the same engine runs agents and planes by it. */
export type Definition = { readonly graph: readonly Node<StepName>[]; readonly removal: readonly RemovalStage[] }

/** A step's target when its agent's is `parked`: the machine is stopped, what runs on it does not apply. */
const PARKED: Partial<Record<AgentStep | PlaneStep, 'parked' | 'none'>> = {
  machine: 'parked',
  runtime: 'none',
  channels: 'none',
}

/** What is wanted of one step. `none`: the step does not apply now. */
export function stepTarget(step: StepName, target: Target, specMissing: boolean): Target | 'none' {
  if (target !== 'parked') return target
  // Nobody may reach an agent whose spec was taken away.
  if (step === 'access' && specMissing) return 'absent'
  return PARKED[step] ?? 'present'
}

function stages(nodes: readonly Node<string>[]): readonly RemovalStage[] {
  const byName = new Map<string, RemovalStage>()
  for (const { name, needs } of nodes) {
    const [step, stage] = name.split(':') as [StepName, Stage | undefined]
    byName.set(name, { step, stage: stage ?? 'gone', needs: needs.flatMap((need) => byName.get(need) ?? []) })
  }
  return [...byName.values()]
}

export const agentLifecycle: Definition = { graph: agentGraph, removal: stages(agentRemoval) }
export const planeLifecycle: Definition = { graph: planeGraph, removal: stages(planeRemoval) }

/** After this long without success a step is `failed`, in milliseconds. Removal has no deadline save `access`. */
export const DEADLINES_MS: Readonly<Record<StepName, number>> = {
  identity: 15 * 60_000,
  secrets: 15 * 60_000,
  egress: 15 * 60_000,
  disk: 15 * 60_000,
  machine: 30 * 60_000,
  access: 15 * 60_000,
  channels: 15 * 60_000,
  runtime: 15 * 60_000,
  services: 15 * 60_000,
  grants: 60 * 60_000,
  network: 15 * 60_000,
}

/** How long one attempt may act, in milliseconds. Client timeouts and retries fit inside. */
export const LEASE_MS = 120_000

/** Nobody takes a lease over before this much after its end: clocks of two functions may differ by as much. */
export const LEASE_GRACE_MS = 60_000
