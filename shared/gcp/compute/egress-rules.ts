import { createHash } from 'node:crypto'
import type { google } from '@google-cloud/compute/build/protos/protos.js'
import { identityLabels } from '../../documents/labels.ts'
import type { Place } from '../../documents/names.ts'
import type { EgressPolicy } from '../../ports/backend.ts'
import { AGENT_PRIORITIES, ruleBody } from '../plane/firewall-rules.ts'
import type { FirewallRule } from '../plane/firewall-rules.ts'
import { accountEmail } from '../service-accounts.ts'

/** A rule as the policy holds it. */
export type FoundRule = google.cloud.compute.v1.IFirewallPolicyRule

/**
 * The rules of one restricted agent, in this order from `priority` on. They stand between what no agent may do and what
 * agents without rules may do, so that only what is listed goes out; the last is written first and removed last.
 */
const PARTS = ['platform', 'domains', 'rest'] as const
type Part = (typeof PARTS)[number]

const WEB = [{ ipProtocol: 'tcp', ports: ['443'] }]
const ANYTHING = [{ ipProtocol: 'all' }]

/** What a restricted agent's rules are to be, from a priority on. `createdAtMs` is kept for listings. */
export function wantedRules(
  place: Place,
  { domains }: Pick<EgressPolicy, 'domains'>,
  { platform, first, createdAtMs }: { platform: readonly string[]; first: number; createdAtMs: number },
): readonly FirewallRule[] {
  const rule = (part: Part, action: 'allow' | 'deny', match: FirewallRule['match']): FirewallRule => ({
    priority: first + PARTS.indexOf(part),
    description: describe(place, part, createdAtMs),
    direction: 'EGRESS',
    action,
    enableLogging: action === 'deny',
    match,
    targetServiceAccounts: [accountEmail(place)],
  })
  const allowed = (part: Part, destFqdns: readonly string[]): FirewallRule[] =>
    destFqdns.length === 0 ? [] : [rule(part, 'allow', { destFqdns, layer4Configs: WEB })]
  return [
    rule('rest', 'deny', { destIpRanges: ['0.0.0.0/0'], layer4Configs: ANYTHING }),
    ...allowed('platform', platform),
    ...allowed('domains', [...new Set(domains)]),
  ]
}

function describe(place: Place, part: Part, createdAtMs: number): string {
  const entries = { ...identityLabels(place), 'ap-egress': part, 'ap-created': String(createdAtMs) }
  return Object.entries(entries)
    .map((entry) => entry.join('='))
    .join(' ')
}

/** What a rule's description says of the rule; undefined when it is none of a plane's agents. */
export function describedBy({ description }: FoundRule): AgentRule | undefined {
  const entries = Object.fromEntries((description ?? '').split(' ').map((entry) => entry.split('=', 2)))
  const {
    'ap-plane': planeUid,
    'ap-agent-uid': uid,
    'ap-egress': part,
    'ap-created': created,
  } = entries as Record<string, string>
  if (planeUid === undefined || uid === undefined || part === undefined) return undefined
  return { planeUid, uid, part, createdAtMs: Number(created ?? 0) }
}

type AgentRule = {
  readonly planeUid: string
  readonly uid: string
  readonly part: string
  readonly createdAtMs: number
}

/** One agent's rules among all of a policy's. */
export const rulesOf = (
  all: readonly FoundRule[],
  { planeUid, uid }: Pick<Place, 'planeUid' | 'uid'>,
): readonly FoundRule[] =>
  all.filter((rule) => {
    const described = describedBy(rule)
    return described?.planeUid === planeUid && described.uid === uid
  })

/** What an agent's rules amount to. Rules that are not whole, or were changed by hand, restrict nothing for certain. */
export function policyOf(
  found: readonly FoundRule[],
  place: Place,
  platform: readonly string[],
): EgressPolicy | undefined {
  if (found.length === 0) return undefined
  const domains = found.find((rule) => describedBy(rule)?.part === 'domains')?.match?.destFqdns ?? []
  const wanted = wantedRules(place, { domains }, { platform, ...positionOf(found) })
  const isWhole = wanted.length === found.length && wanted.every((rule) => found.some((other) => isSame(other, rule)))
  return isWhole ? { mode: 'restricted', domains } : { mode: 'open', domains: [] }
}

/** Where an agent's rules begin and when the first was made, read from any of them. */
export function positionOf(found: readonly FoundRule[]): { first: number; createdAtMs: number } {
  const [rule] = found
  const described = rule && describedBy(rule)
  const offset = PARTS.indexOf((described?.part ?? 'platform') as Part)
  return { first: (rule?.priority ?? 0) - Math.max(0, offset), createdAtMs: described?.createdAtMs ?? 0 }
}

/** Whether a rule does what it has to, and says whose it is. */
export const isSame = (found: FoundRule, wanted: FirewallRule): boolean =>
  found.disabled !== true && JSON.stringify(meaning(found)) === JSON.stringify(meaning(ruleBody(wanted)))

const meaning = ({ priority, description, direction, action, match, targetServiceAccounts }: FoundRule) => [
  [priority, description, direction, action],
  [targetServiceAccounts, match?.destFqdns, match?.destIpRanges, match?.srcIpRanges].map(
    (list) => list?.toSorted() ?? [],
  ),
  (match?.layer4Configs ?? []).map(({ ipProtocol, ports }) => [ipProtocol, ports ?? []]),
]

const SLOTS = Math.floor((AGENT_PRIORITIES.last - AGENT_PRIORITIES.first + 1) / PARTS.length)

/** Where a new agent's rules begin: always the same place for a uid, unless another agent has it; then the next free one. */
export function freePriority(uid: string, all: readonly FoundRule[]): number | undefined {
  const taken = new Set(all.map(({ priority }) => slotOf(priority ?? 0)))
  const begin = createHash('sha256').update(uid).digest().readUInt32BE(0) % SLOTS
  for (let step = 0; step < SLOTS; step++) {
    const slot = (begin + step) % SLOTS
    if (!taken.has(slot)) return AGENT_PRIORITIES.first + slot * PARTS.length
  }
  return undefined
}

const slotOf = (priority: number): number => Math.floor((priority - AGENT_PRIORITIES.first) / PARTS.length)
