import { BlockList, isIPv6 } from 'node:net'

/** One end of a connection. One that has an account is a machine in the network; others are elsewhere. */
export type End = { readonly ip: string; readonly account?: string; readonly tags?: readonly string[] }

export type Packet = {
  readonly from: End
  readonly to: End
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'sctp'
  /** Where it comes from and goes to; protocols without ports have none. */
  readonly ports: readonly [number, number]
}

type Layer4 = { readonly ipProtocol: string; readonly ports?: readonly string[] }

/** A policy's rule as Compute Engine answers it. */
export type PolicyRule = {
  readonly priority: number
  readonly direction: string
  readonly action: string
  readonly disabled?: boolean
  readonly match: {
    readonly srcIpRanges?: readonly string[]
    readonly destIpRanges?: readonly string[]
    readonly destFqdns?: readonly string[]
    readonly layer4Configs: readonly Layer4[]
  }
  readonly targetServiceAccounts?: readonly string[]
}

/** A firewall rule of the network itself: for all its machines, or for those with one of its tags. */
export type ClassicRule = Pick<PolicyRule, 'priority' | 'direction'> & {
  readonly action: 'allow' | 'deny'
  readonly ranges: readonly string[]
  readonly targetTags?: readonly string[]
}

export type Firewall = {
  /** `networkFirewallPolicyEnforcementOrder` of the network. */
  readonly order: string
  readonly policy: readonly PolicyRule[]
  readonly classic: readonly ClassicRule[]
  /** Addresses of names. */
  readonly names: Readonly<Record<string, readonly string[]>>
}

type Verdict = 'allow' | 'deny'

/**
 * Whether a packet gets through, asked of each machine at its ends: its policy's rules and the network's own, in the
 * network's order, each by priority; then what is implied. https://cloud.google.com/firewall/docs/firewall-policies-overview#rule-evaluation
 */
export function isLetThrough(packet: Packet, firewall: Firewall): boolean {
  const { from, to } = packet
  if (isAlwaysAllowed(packet)) return true
  const leaves = from.account === undefined || verdict('EGRESS', packet, firewall) === 'allow'
  return leaves && (to.account === undefined || verdict('INGRESS', packet, firewall) === 'allow')
}

/** https://cloud.google.com/firewall/docs/firewalls#alwaysallowed */
const isAlwaysAllowed = ({ from, to }: Packet): boolean =>
  from.account !== undefined && to.ip === '169.254.169.254' && to.account === undefined

function verdict(direction: string, packet: Packet, firewall: Firewall): Verdict {
  const byPolicy = policyVerdict(direction, packet, firewall)
  const byNetwork = classicVerdict(direction, packet, firewall.classic)
  const first = firewall.order === 'BEFORE_CLASSIC_FIREWALL' ? byPolicy : byNetwork
  // https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules
  return first ?? byPolicy ?? byNetwork ?? (direction === 'EGRESS' ? 'allow' : 'deny')
}

function policyVerdict(direction: string, packet: Packet, { policy, names }: Firewall): Verdict | undefined {
  const { machine } = sides(direction, packet)
  const match = policy
    .filter((rule) => rule.disabled !== true && rule.direction === direction)
    .filter(
      ({ targetServiceAccounts: targets = [] }) => targets.length === 0 || targets.includes(machine.account ?? ''),
    )
    .filter(({ match }) => concerns(match, packet, names))
    .toSorted((a, b) => a.priority - b.priority)
    .find(({ action }) => action !== 'goto_next')
  return match === undefined ? undefined : match.action === 'allow' ? 'allow' : 'deny'
}

/** The machine that is asked, and who is at the other end. */
const sides = (direction: string, { from, to }: Packet): { readonly machine: End; readonly other: End } =>
  direction === 'EGRESS' ? { machine: from, other: to } : { machine: to, other: from }

/**
 * Of rules with the same priority, one that denies wins. https://cloud.google.com/firewall/docs/firewalls#priority_order_for_firewall_rules
 * A rule with tags is for machines with one of them. https://cloud.google.com/firewall/docs/firewalls#rule_assignment
 */
function classicVerdict(direction: string, packet: Packet, rules: readonly ClassicRule[]): Verdict | undefined {
  const { machine, other } = sides(direction, packet)
  const matches = rules
    .filter((rule) => rule.direction === direction && isIn(other.ip, rule.ranges))
    .filter(
      ({ targetTags: targets = [] }) => targets.length === 0 || targets.some((tag) => machine.tags?.includes(tag)),
    )
  const first = Math.min(...matches.map(({ priority }) => priority))
  const actions = matches.filter(({ priority }) => priority === first).map(({ action }) => action)
  return actions.includes('deny') ? 'deny' : actions[0]
}

function concerns(
  match: PolicyRule['match'],
  { from, to, protocol, ports }: Packet,
  names: Firewall['names'],
): boolean {
  const { srcIpRanges = [], destIpRanges = [], destFqdns = [], layer4Configs } = match
  const isFrom = srcIpRanges.length === 0 || isIn(from.ip, srcIpRanges)
  const named = destFqdns.flatMap((name) => names[name] ?? [])
  const isTo = destIpRanges.length + destFqdns.length === 0 || isIn(to.ip, destIpRanges) || named.includes(to.ip)
  return isFrom && isTo && layer4Configs.some((each) => isFor(each, protocol, ports[1]))
}

function isFor({ ipProtocol, ports = [] }: Layer4, protocol: string, port: number): boolean {
  if (ipProtocol !== 'all' && ipProtocol !== protocol) return false
  return (
    ports.length === 0 ||
    ports.some((range) => {
      const [first, last] = range.split('-').map(Number)
      return first !== undefined && port >= first && port <= (last ?? first)
    })
  )
}

const family = (ip: string): 'ipv4' | 'ipv6' => (isIPv6(ip) ? 'ipv6' : 'ipv4')

/** A range of IPv6 addresses is not one of IPv4 addresses, however they can be written. */
const isIn = (ip: string, ranges: readonly string[]): boolean =>
  listOf(ranges.filter((range) => family(range.replace(/\/.*/, '')) === family(ip))).check(ip, family(ip))

const lists = new Map<string, BlockList>()

function listOf(ranges: readonly string[]): BlockList {
  const known = lists.get(String(ranges))
  if (known !== undefined) return known
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), family(address))
  }
  lists.set(String(ranges), list)
  return list
}

/** A network that remembers connections: what answers a packet that got through gets through as well. */
export function statefully(firewall: Firewall): (packet: Packet) => boolean {
  const open = new Set<string>()
  return (packet) => {
    const { from, to, ports } = packet
    const answered = key({ ...packet, from: to, to: from, ports: [ports[1], ports[0]] })
    const passes = open.has(answered) || isLetThrough(packet, firewall)
    if (passes) open.add(key(packet))
    return passes
  }
}

const key = ({ from, to, protocol, ports }: Packet): string => [protocol, from.ip, ports[0], to.ip, ports[1]].join(' ')
