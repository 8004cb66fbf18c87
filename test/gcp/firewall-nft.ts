import { isIPv6 } from 'node:net'
import type { Firewall, PolicyRule } from './firewall-evaluator.ts'

/** Addresses of the machines with an account. */
type Accounts = Readonly<Record<string, string>>

/**
 * A firewall as the rules of a Linux router that machines are behind: the policy, then the network's own rules, then what
 * is implied. What is denied is refused, so that nobody has to wait to find out.
 */
export function nftables({ policy, classic, names }: Firewall, accounts: Accounts): string {
  const machines = `{ ${Object.values(accounts).join(', ')} }`
  const lines = (direction: string): readonly string[] => [
    ...policy
      .filter((rule) => rule.direction === direction && rule.disabled !== true && rule.action !== 'goto_next')
      .toSorted((a, b) => a.priority - b.priority)
      .flatMap((rule) => ruleLines(rule, names, accounts)),
    ...classic
      .filter((rule) => rule.direction === direction)
      .flatMap(({ ranges, action }) => matching(side(direction), ranges).map((match) => `${match} ${verb(action)}`)),
  ]
  return `table inet vpc {
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain egress {
    ${lines('EGRESS').join('\n    ')}
    return
  }
  chain ingress {
    ${lines('INGRESS').join('\n    ')}
    goto refuse
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ip saddr ${machines} jump egress
    ip daddr ${machines} jump ingress
    accept
  }
}
`
}

const verb = (action: string): string => (action === 'allow' ? 'return' : 'goto refuse')

const side = (direction: string): 'saddr' | 'daddr' => (direction === 'EGRESS' ? 'daddr' : 'saddr')

function ruleLines(rule: PolicyRule, names: Firewall['names'], accounts: Accounts): readonly string[] {
  const { srcIpRanges = [], destIpRanges = [], destFqdns = [], layer4Configs } = rule.match
  const ranges = [...srcIpRanges, ...destIpRanges, ...destFqdns.flatMap((name) => names[name] ?? [])]
  const targets = (rule.targetServiceAccounts ?? []).flatMap((account) => accounts[account] ?? [])
  if (targets.length === 0 && (rule.targetServiceAccounts ?? []).length > 0) return []
  const machine = rule.direction === 'EGRESS' ? 'saddr' : 'daddr'
  const target = targets.length > 0 ? `ip ${machine} { ${targets.join(', ')} } ` : ''
  return matching(side(rule.direction), ranges).flatMap((match) =>
    layer4Configs.map((layer4) => `${target}${match} ${layer4Match(layer4)}${verb(rule.action)}`),
  )
}

/** One match for IPv4 and one for IPv6, as far as there are ranges of them. */
function matching(field: string, ranges: readonly string[]): readonly string[] {
  const [six, four] = [ranges.filter(isSix), ranges.filter((range) => !isSix(range))]
  return [
    ...(four.length > 0 ? [`ip ${field} { ${four.join(', ')} }`] : []),
    ...(six.length > 0 ? [`ip6 ${field} { ${six.join(', ')} }`] : []),
  ]
}

const isSix = (range: string): boolean => isIPv6(range.replace(/\/.*/, ''))

function layer4Match({ ipProtocol, ports = [] }: PolicyRule['match']['layer4Configs'][number]): string {
  if (ipProtocol === 'all') return ''
  return ports.length === 0 ? `meta l4proto ${ipProtocol} ` : `${ipProtocol} dport { ${ports.join(', ')} } `
}
