import type { AgentView, StepView } from '../../shared/api/views.ts'
import { agentGraph } from '../../shared/lifecycle/graph.ts'

/** When steps were seen to begin, by name, in milliseconds of the server's clock. */
export type Begun = ReadonlyMap<string, number>

const OVER = new Set<StepView['state']>(['ready', 'held', 'gone'])

/** Whether there is nothing left for a step to do. */
export const isOver = ({ state }: StepView): boolean => OVER.has(state)

/** Remembers when the steps that are at work began: once they are over, their record says only when that was. */
export function observe(begun: Begun, steps: readonly StepView[]): Begun {
  const working = steps.filter((step) => step.state !== 'idle' && !isOver(step) && step.since !== undefined)
  return new Map([...begun, ...working.map(({ name, since = '' }) => [name, Date.parse(since)] as const)])
}

/** How long a step took, or has been taking so far; undefined when nobody saw it begin. */
export function stepDurationMs(step: StepView, agent: AgentView, begun: Begun): number | undefined {
  if (step.durationMs !== undefined || !isOver(step) || step.since === undefined) return step.durationMs
  const startMs = begun.get(step.name) ?? (step.state === 'ready' ? couldBeginMs(step, agent) : undefined)
  const tookMs = startMs === undefined ? -1 : Date.parse(step.since) - startMs
  return tookMs < 0 ? undefined : tookMs
}

/** A step that came and went between two looks began when the last one it needs was ready. */
function couldBeginMs({ name }: StepView, { steps, createdAt }: AgentView): number {
  const needs: readonly string[] = agentGraph.find((node) => node.name === name)?.needs ?? []
  const readyMs = steps.filter((step) => needs.includes(step.name)).map(({ since = createdAt }) => Date.parse(since))
  return Math.max(Date.parse(createdAt), ...readyMs)
}
