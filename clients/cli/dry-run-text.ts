import type { AgentView, PlanView } from '../../shared/api/views.ts'
import { clean } from './clean.ts'
import { costText } from './cost-text.ts'
import { stepLines } from './plan-text.ts'

/** The agent that would be added: what it gets from its plane, what it is estimated to cost, and which steps make it. */
export function dryRunLines(agent: AgentView, { steps }: PlanView): string[] {
  const { plane, name, owner, backend, machineType, model, cost } = agent
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['owner', owner],
    ['machine', [backend, machineType].filter((part) => part !== undefined).join(' · ')],
    ['model', model?.name],
    ['cost', cost && costText(cost)],
  ]
  const known = facts.flatMap(([label, value]) => (value ? [`  ${label.padEnd(9)} ${clean(value)}`] : []))
  return [
    `Nothing was changed. Agent "${clean(name)}" would be added to plane "${clean(plane)}":`,
    ...known,
    ...stepLines(steps),
  ]
}
