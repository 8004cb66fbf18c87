import type { protos } from '@google-cloud/compute'
import { uidsOf } from '../../documents/names.ts'
import { AGENT_PRIORITIES, constantRules } from './firewall-rules.ts'
import type { FirewallRule } from './firewall-rules.ts'

/** A rule as the policy holds it. */
export type FoundRule = protos.google.cloud.compute.v1.IFirewallPolicyRule

/** What makes a policy right again; `problem` says to a person what is wrong. */
export type RuleChange = { readonly problem: string } & (
  | { readonly do: 'add' | 'patch' | 'replace'; readonly rule: FirewallRule }
  | { readonly do: 'remove'; readonly priority: number }
)

/** Beyond are the rules every policy ends with, which leave all to the next: https://cloud.google.com/firewall/docs/firewall-policies-rule-details. */
const LAST_PRIORITY = 2_147_483_547

/** What is to be done so that a policy holds the constant rules, those of this plane's agents, and nothing else. */
export function ruleChanges(found: readonly FoundRule[], planeUid: string): readonly RuleChange[] {
  const strangers = found.filter((rule) => !isKnown(rule, planeUid))
  return [...constantRules.flatMap((rule) => changeOf(rule, found)), ...strangers.map(removal)]
}

function changeOf(rule: FirewallRule, all: readonly FoundRule[]): RuleChange[] {
  const found = all.find(({ priority }) => priority === rule.priority)
  const named = `rule ${rule.priority} (${rule.description})`
  if (found === undefined) return [{ do: 'add', rule, problem: `${named} is not there` }]
  const [has, wants] = [meaning(found), meaning(rule)]
  if (JSON.stringify(has) === JSON.stringify(wants)) return []
  // A patch cannot take away a field: what is empty is not sent.
  const isMore = has.some(([name]) => !wants.some(([wanted]) => wanted === name))
  return [{ do: isMore ? 'replace' : 'patch', rule, problem: `${named} was changed` }]
}

const removal = ({ priority, description }: FoundRule): RuleChange => ({
  do: 'remove',
  priority: priority ?? 0,
  problem: `rule ${priority ?? 0} (${description ?? ''}) does not belong there`,
})

function isKnown(rule: FoundRule, planeUid: string): boolean {
  const { priority, direction, targetServiceAccounts } = rule
  const at = priority ?? 0
  if (at > LAST_PRIORITY || constantRules.some((constant) => constant.priority === at)) return true
  const targets = targetServiceAccounts ?? []
  const isOfAgents = targets.length > 0 && targets.every((account) => uidsOf(account)?.planeUid === planeUid)
  return isOfAgents && direction === 'EGRESS' && at >= AGENT_PRIORITIES.first && at <= AGENT_PRIORITIES.last
}

/** All that decides what a rule does, in one form: fields that are empty, false or for the eye only are left out. */
const meaning = ({ match, ...rule }: FoundRule | FirewallRule): readonly Field[] =>
  fields({ ...match, ...rule }).filter(([name]) => !INCIDENTAL.has(name))

const INCIDENTAL = new Set(['kind', 'priority', 'description', 'ruleName', 'ruleTupleCount', 'targetType'])

type Field = readonly [name: string, value: string]

// The client notes beside each optional field that it is there: `_action: 'action'`.
const fields = (of: object): readonly Field[] =>
  Object.entries(of)
    .map(([name, value]): Field => [name, written(value)])
    .filter(([name, value]) => value !== '' && !name.startsWith('_'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))

function written(value: unknown): string {
  if (value === undefined || value === null || value === false) return ''
  if (Array.isArray(value)) return Array.from(value, written).toSorted().join(' ')
  return typeof value === 'object' ? JSON.stringify(fields(value)) : JSON.stringify(value)
}
