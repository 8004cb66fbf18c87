import type { AgentView } from '../../shared/api/views.ts'
import { clean } from './clean.ts'
import { costText } from './cost-text.ts'

/** The agent that would be added, with what it gets from its plane and what it is estimated to cost. */
export function dryRunLines({ plane, name, owner, backend, machineType, model, cost }: AgentView): string[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['owner', owner],
    ['machine', [backend, machineType].filter((part) => part !== undefined).join(' · ')],
    ['model', model?.name],
    ['cost', cost && costText(cost)],
  ]
  const known = facts.flatMap(([label, value]) => (value ? [`  ${label.padEnd(9)} ${clean(value)}`] : []))
  return [`Nothing was changed. Agent "${clean(name)}" would be added to plane "${clean(plane)}":`, ...known]
}
