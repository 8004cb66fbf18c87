import type { protos } from '@google-cloud/compute'

/** A rule of a plane's network firewall policy, in the words of https://cloud.google.com/compute/docs/reference/rest/v1/networkFirewallPolicies. */
export type FirewallRule = {
  readonly priority: number
  readonly description: string
  readonly direction: 'INGRESS' | 'EGRESS'
  readonly action: 'allow' | 'deny'
  readonly enableLogging: boolean
  readonly match: {
    readonly srcIpRanges?: readonly string[]
    readonly destIpRanges?: readonly string[]
    readonly destFqdns?: readonly string[]
    readonly layer4Configs: readonly { readonly ipProtocol: string; readonly ports?: readonly string[] }[]
  }
  readonly targetServiceAccounts?: readonly string[]
}

/** Where connections through Identity-Aware Proxy come from: https://cloud.google.com/iap/docs/using-tcp-forwarding. */
const IAP_RANGE = '35.235.240.0/20'

/** private.googleapis.com and restricted.googleapis.com: https://cloud.google.com/vpc/docs/configure-private-google-access. */
const GOOGLE_RANGES = ['199.36.153.8/30', '199.36.153.4/30']

/**
 * Whatever a network of ours or one behind it can hold (https://cloud.google.com/vpc/docs/subnets#valid-ranges), and
 * link-local addresses. The metadata server is beyond every firewall of the network: the machine's own guards it.
 */
export const PRIVATE_RANGES: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
]

/** Priorities of rules of single agents: after what no agent may do, before what every other agent may. */
export const AGENT_PRIORITIES = { first: 10_000, last: 999_999 } as const

const ALL = [{ ipProtocol: 'all' }]
const tcp = (...ports: readonly string[]): FirewallRule['match']['layer4Configs'] => [{ ipProtocol: 'tcp', ports }]

/**
 * The same for every plane: nothing of an agent is in it. A rule holds IPv4 or IPv6 ranges, never both
 * (https://cloud.google.com/firewall/docs/using-firewalls), and agents have no IPv6.
 *
 * Out go ports 80 and 443: model providers, npm, GitHub, Telegram, Slack, Signal and WhatsApp Web speak HTTPS, Debian's
 * mirrors either. Mail, SSH and databases elsewhere are no agent's business; QUIC falls back to TCP.
 */
export const constantRules: readonly FirewallRule[] = [
  {
    priority: 100,
    description: 'SSH through Identity-Aware Proxy',
    direction: 'INGRESS',
    action: 'allow',
    enableLogging: true,
    match: { srcIpRanges: [IAP_RANGE], layer4Configs: tcp('22') },
  },
  denied(110, 'INGRESS', ['0.0.0.0/0'], 'nothing else comes in'),
  denied(120, 'INGRESS', ['::/0'], 'nothing comes in over IPv6'),
  denied(200, 'EGRESS', ['::/0'], 'nothing goes out over IPv6'),
  denied(210, 'EGRESS', PRIVATE_RANGES, 'neither to other agents nor to private networks'),
  allowedOut(300, GOOGLE_RANGES, tcp('443'), "Google's APIs at their private addresses"),
  allowedOut(1_000_000, ['0.0.0.0/0'], tcp('80', '443'), 'the web, for agents without a rule of their own'),
  denied(1_000_010, 'EGRESS', ['0.0.0.0/0'], 'nothing else goes out'),
]

function denied(
  priority: number,
  direction: FirewallRule['direction'],
  ranges: readonly string[],
  description: string,
): FirewallRule {
  const match = { [direction === 'INGRESS' ? 'srcIpRanges' : 'destIpRanges']: ranges, layer4Configs: ALL }
  return { priority, description, direction, action: 'deny', enableLogging: true, match }
}

function allowedOut(
  priority: number,
  destIpRanges: readonly string[],
  layer4Configs: FirewallRule['match']['layer4Configs'],
  description: string,
): FirewallRule {
  const match = { destIpRanges, layer4Configs }
  return { priority, description, direction: 'EGRESS', action: 'allow', enableLogging: false, match }
}

/** A rule as Compute Engine's client takes it. */
export const ruleBody = ({
  match,
  targetServiceAccounts = [],
  ...rule
}: FirewallRule): protos.google.cloud.compute.v1.IFirewallPolicyRule => ({
  ...rule,
  match: {
    srcIpRanges: [...(match.srcIpRanges ?? [])],
    destIpRanges: [...(match.destIpRanges ?? [])],
    destFqdns: [...(match.destFqdns ?? [])],
    layer4Configs: match.layer4Configs.map(({ ipProtocol, ports = [] }) => ({ ipProtocol, ports: [...ports] })),
  },
  targetServiceAccounts: [...targetServiceAccounts],
})
