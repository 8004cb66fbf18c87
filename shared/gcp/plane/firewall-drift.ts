import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import { describedBy } from '../compute/egress-rules.ts'
import { AGENT_PRIORITIES, constantRules, ruleBody } from './firewall-rules.ts'
import type { FirewallRule } from './firewall-rules.ts'

/** A rule as the policy holds it. */
type FoundRule = protos.google.cloud.compute.v1.IFirewallPolicyRule

/** Beyond are the rules every policy ends with, which leave all to the next: https://cloud.google.com/firewall/docs/firewall-policies-rule-details. */
const LAST_PRIORITY = 2_147_483_547

type Right = {
  /** What is wrong, in words for a person. */
  readonly problems: readonly string[]
  /** All the rules there have to be. */
  readonly rules: readonly FoundRule[]
}

/** What a policy has to hold: the constant rules, those of this plane's agents as they are, and nothing else. */
export function rightRules(found: readonly FoundRule[], planeUid: string): Right {
  const others = found.filter(({ priority }) => !constantRules.some((constant) => constant.priority === priority))
  const strangers = others.filter((rule) => !belongs(rule, planeUid))
  const missing = constantRules.flatMap((rule) => problemOf(rule, found))
  const kept = others.filter((rule) => !strangers.includes(rule))
  return {
    problems: [...missing, ...strangers.map((rule) => `${naming(rule)} does not belong there`)],
    // What only Google writes is not sent back.
    rules: [...constantRules.map(ruleBody), ...kept.map((rule) => ({ ...rule, kind: null, ruleTupleCount: null }))],
  }
}

const naming = ({ priority, description }: FoundRule | FirewallRule): string =>
  `rule ${priority ?? 0} (${description ?? ''})`

function problemOf(rule: FirewallRule, all: readonly FoundRule[]): readonly string[] {
  const found = all.find(({ priority }) => priority === rule.priority)
  if (found === undefined) return [`${naming(rule)} is not there`]
  return JSON.stringify(meaning(found)) === JSON.stringify(meaning(rule)) ? [] : [`${naming(rule)} was changed`]
}

/** An agent's rule says whose it is and is about that agent alone: whatever else is there, no agent's step would find. */
function belongs(rule: FoundRule, planeUid: string): boolean {
  const { priority, direction, targetServiceAccounts: targets } = rule
  const at = priority ?? 0
  if (at > LAST_PRIORITY) return true
  const uid = describedBy(rule)?.uid
  if (uid === undefined || describedBy(rule)?.planeUid !== planeUid) return false
  const isItsOwn = targets?.length === 1 && targets[0]?.startsWith(`${names.account({ planeUid, uid })}@`) === true
  return isItsOwn && at >= AGENT_PRIORITIES.first && at <= AGENT_PRIORITIES.last && direction === 'EGRESS'
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
