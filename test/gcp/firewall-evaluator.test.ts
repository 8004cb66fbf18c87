import { expect, test } from 'vitest'
import { isLetThrough } from './firewall-evaluator.ts'
import type { ClassicRule, End, Firewall, Packet, PolicyRule } from './firewall-evaluator.ts'

const HOST: End = { ip: '1.2.3.4' }
const PLAIN: End = { ip: '10.200.0.2', account: 'plain@demo-project.iam.gserviceaccount.com' }
const OTHER: End = { ip: '10.200.0.3', account: 'other@demo-project.iam.gserviceaccount.com' }
const TAGGED: End = { ...PLAIN, tags: ['db', 'web'] }
const MISTAGGED: End = { ...PLAIN, tags: ['webserver'] }

const packet = (from: End, to: End): Packet => ({ from, to, protocol: 'tcp', ports: [50_000, 443] })
const IN = packet(HOST, PLAIN)
const OUT = packet(PLAIN, HOST)

const classic = (action: ClassicRule['action'], priority: number, more: Partial<ClassicRule> = {}): ClassicRule => ({
  direction: 'INGRESS',
  ranges: ['0.0.0.0/0'],
  action,
  priority,
  ...more,
})

const rule = (action: string, priority: number, more: Partial<PolicyRule> = {}): PolicyRule => ({
  direction: 'INGRESS',
  match: { srcIpRanges: ['0.0.0.0/0'], layer4Configs: [{ ipProtocol: 'all' }] },
  action,
  priority,
  ...more,
})

const firewall = (
  policy: readonly PolicyRule[],
  rules: readonly ClassicRule[] = [],
  order = 'BEFORE_CLASSIC_FIREWALL',
): Firewall => ({ order, policy, classic: rules, names: {} })

const EMPTY = firewall([])
const [ALLOW, DENY] = [classic('allow', 1000), classic('deny', 1000)]
const FOR_WEB = firewall([], [classic('allow', 1000, { targetTags: ['web', 'mail'] })])
const NOT_FOR_WEB = firewall([], [ALLOW, classic('deny', 900, { targetTags: ['web'] })])
const OUT_OF_WEB = firewall([], [classic('deny', 900, { direction: 'EGRESS', targetTags: ['web'] })])
const FOR_PLAIN = firewall([rule('allow', 100, { targetServiceAccounts: [PLAIN.account ?? ''] })])
const AFTER = 'AFTER_CLASSIC_FIREWALL'

test.each<readonly [what: string, rules: Firewall, packet: Packet, passes: boolean]>([
  ['without rules what comes in is denied', EMPTY, IN, false],
  ['without rules what goes out is allowed', EMPTY, OUT, true],
  ['without rules one machine does not reach another', EMPTY, packet(PLAIN, OTHER), false],
  ['of two rules with one priority the one that denies wins', firewall([], [ALLOW, DENY]), IN, false],
  ['and it wins in any order', firewall([], [DENY, ALLOW]), IN, false],
  ['a lower number wins over one that denies', firewall([], [DENY, classic('allow', 999)]), IN, true],
  ['a lower number wins over one that allows', firewall([], [ALLOW, classic('deny', 999)]), IN, false],
  ['a rule for the other direction is none', firewall([], [classic('allow', 1, { direction: 'EGRESS' })]), IN, false],
  ['a rule for a tag is for a machine that has it', FOR_WEB, packet(HOST, TAGGED), true],
  ['a rule for a tag is for no machine without tags', FOR_WEB, IN, false],
  ['a rule for a tag is for no machine with another', FOR_WEB, packet(HOST, MISTAGGED), false],
  ['a rule for a tag is not for who sends to a machine', FOR_WEB, packet(TAGGED, OTHER), false],
  ['a rule that denies to a tag denies to it', NOT_FOR_WEB, packet(HOST, TAGGED), false],
  ['a rule that denies to a tag leaves others alone', NOT_FOR_WEB, IN, true],
  ['a rule for what goes out of a tag looks at who sends', OUT_OF_WEB, packet(TAGGED, HOST), false],
  ['a rule for what goes out of a tag leaves others alone', OUT_OF_WEB, OUT, true],
  ['a rule for an account is for its machine', FOR_PLAIN, IN, true],
  ['a rule for an account is for no other machine', FOR_PLAIN, packet(HOST, OTHER), false],
  ['a rule for an account does not look at tags', FOR_PLAIN, packet(HOST, TAGGED), true],
  ['the lower number of a policy wins', firewall([rule('deny', 200), rule('allow', 100)]), IN, true],
  ['a rule that is switched off is none', firewall([rule('allow', 100, { disabled: true })]), IN, false],
  ['goto_next leaves it to the network’s own rules', firewall([rule('goto_next', 100)], [ALLOW]), IN, true],
  ['a policy that comes first decides', firewall([rule('deny', 100)], [ALLOW]), IN, false],
  ['a policy that comes after does not', firewall([rule('deny', 100)], [ALLOW], AFTER), IN, true],
])('%s', (_, rules, sent, passes) => {
  expect(isLetThrough(sent, rules)).toBe(passes)
})
