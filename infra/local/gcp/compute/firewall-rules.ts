import { invalid } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { rangeOf } from './addresses.ts'

type Layer4 = { readonly ipProtocol?: string; readonly ports?: readonly string[] }

type Match = {
  readonly srcIpRanges?: readonly string[]
  readonly destIpRanges?: readonly string[]
  readonly srcSecureTags?: readonly JsonObject[]
  readonly srcFqdns?: readonly string[]
  readonly destFqdns?: readonly string[]
  readonly layer4Configs?: readonly Layer4[]
}

export type Rule = {
  readonly priority?: number
  readonly action?: string
  readonly direction?: string
  readonly match?: Match
  readonly targetServiceAccounts?: readonly string[]
} & JsonObject

const ACTIONS = new Set(['allow', 'deny', 'goto_next', 'apply_security_profile_group'])
const PORT = /^\d{1,5}(?:-\d{1,5})?$/
const MOST = { priority: 2_147_483_547, ranges: 5000, accounts: 10, fqdns: 1000 }

const bad = (field: string, problem: string): Error =>
  invalid(`Invalid value for field 'resource.${field}': ${problem}`)

/** A rule as a policy keeps it. Throws for what says too little or contradicts itself. */
export function ruleBody(rule: Rule): JsonObject {
  const { priority, action = '', direction, match } = rule
  if (priority === undefined || priority < 0 || priority > MOST.priority)
    throw bad('priority', `'${String(priority)}' is not between 0 and ${MOST.priority}`)
  if (!ACTIONS.has(action)) throw bad('action', `'${action}' is not one of ${[...ACTIONS].join(', ')}`)
  if (direction === undefined) throw bad('direction', 'INGRESS or EGRESS is required')
  requireMatch(match ?? {}, direction)
  if ((rule.targetServiceAccounts ?? []).length > MOST.accounts)
    throw bad('targetServiceAccounts', `at most ${MOST.accounts}`)
  return {
    kind: 'compute#firewallPolicyRule',
    disabled: false,
    enableLogging: false,
    ruleTupleCount: tuples(match ?? {}),
    ...rule,
  }
}

function requireMatch(match: Match, direction: string): void {
  const {
    srcIpRanges = [],
    destIpRanges = [],
    layer4Configs = [],
    srcSecureTags = [],
    srcFqdns = [],
    destFqdns = [],
  } = match
  if (layer4Configs.length === 0) throw bad('match.layer4Configs', 'at least one protocol is required')
  for (const { ipProtocol, ports = [] } of layer4Configs) requireLayer4(ipProtocol, ports)
  for (const [field, ranges] of Object.entries({ srcIpRanges, destIpRanges })) requireRanges(`match.${field}`, ranges)
  if (direction === 'INGRESS' && srcIpRanges.length + srcSecureTags.length + srcFqdns.length === 0)
    throw bad('match', 'an ingress rule needs a source')
  if (direction === 'EGRESS' && destIpRanges.length + destFqdns.length === 0)
    throw bad('match', 'an egress rule needs a destination')
  if (direction === 'EGRESS' && srcFqdns.length > 0) throw bad('match.srcFqdns', 'only ingress rules have them')
  if (direction === 'INGRESS' && destFqdns.length > 0) throw bad('match.destFqdns', 'only egress rules have them')
  if (destFqdns.length + srcFqdns.length > MOST.fqdns) throw bad('match', `at most ${MOST.fqdns} domain names`)
}

function requireLayer4(ipProtocol: string | undefined, ports: readonly string[]): void {
  if (ipProtocol === undefined || !/^(?:tcp|udp|icmp|esp|ah|ipip|sctp|all|\d{1,3})$/.test(ipProtocol))
    throw bad('match.layer4Configs.ipProtocol', `'${String(ipProtocol)}' is no protocol`)
  if (ports.length > 0 && !['tcp', 'udp', 'sctp'].includes(ipProtocol))
    throw bad('match.layer4Configs.ports', `'${ipProtocol}' has no ports`)
  const wrong = ports.find((port) => !PORT.test(port) || port.split('-').some((end) => Number(end) > 65_535))
  if (wrong !== undefined) throw bad('match.layer4Configs.ports', `'${wrong}' is no port or range of ports`)
}

function requireRanges(field: string, ranges: readonly string[]): void {
  if (ranges.length > MOST.ranges) throw bad(field, `at most ${MOST.ranges}`)
  for (const range of ranges)
    if (!/^[\da-f:]*:[\da-f:]*\/\d{1,3}$/i.test(range)) rangeOf(range.includes('/') ? range : `${range}/32`, field)
}

const tuples = ({ srcIpRanges = [], destIpRanges = [], layer4Configs = [] }: Match): number =>
  Math.max(1, srcIpRanges.length) * Math.max(1, destIpRanges.length) * Math.max(1, layer4Configs.length)

const rule = (direction: string, priority: number, range: string): JsonObject => ({
  kind: 'compute#firewallPolicyRule',
  description: `default ${direction.toLowerCase()} rule${range === '::/0' ? ' ipv6' : ''}`,
  priority,
  action: 'goto_next',
  direction,
  match: {
    [direction === 'INGRESS' ? 'srcIpRanges' : 'destIpRanges']: [range],
    layer4Configs: [{ ipProtocol: 'all' }],
  },
  disabled: false,
  enableLogging: false,
  ruleTupleCount: 2,
})

/** The rules every policy ends with: whatever it does not decide is left to the next. */
export const defaultRules: readonly JsonObject[] = [
  rule('EGRESS', 2_147_483_644, '::/0'),
  rule('INGRESS', 2_147_483_645, '::/0'),
  rule('EGRESS', 2_147_483_646, '0.0.0.0/0'),
  rule('INGRESS', 2_147_483_647, '0.0.0.0/0'),
]

const isDefault = ({ priority = 0 }: Rule): boolean => defaultRules.some((one) => one['priority'] === priority)

/** In the order in which they are asked. */
export const sorted = (rules: readonly JsonObject[]): readonly JsonObject[] =>
  rules.toSorted((a, b) => Number(a['priority']) - Number(b['priority']))

/** All rules of a policy as they replace those before. Throws where two have one priority, or a default rule is not among them. */
export function allRules(policy: string, rules: readonly Rule[]): readonly JsonObject[] {
  if (rules.filter(isDefault).length !== defaultRules.length)
    throw invalid(`Invalid value for field 'resource.rules': the default rules of '${policy}' are not among them.`)
  const own = rules.filter((one) => !isDefault(one))
  const priorities = own.map(({ priority }) => priority)
  const twice = priorities.find((priority, index) => priorities.indexOf(priority) !== index)
  if (twice !== undefined) throw invalid(`Cannot have rules with the same priorities: ${twice} in '${policy}'.`)
  return sorted([...own.map(ruleBody), ...defaultRules])
}
