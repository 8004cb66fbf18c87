import { asText } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { googleEgress } from '../../shared/gcp/compute/egress.ts'
import { must } from './a-cloud.ts'
import { INTENT, PLACE } from './adapter-stand.ts'
import type { End, Firewall, Packet, PolicyRule } from './firewall-evaluator.ts'
import { aMadeNetwork, NAME, PARTS } from './plane-stand.ts'

const machine = (uid: string, ip: string): End => ({
  ip,
  account: `ap-planeuid22-${uid}@demo-project.iam.gserviceaccount.com`,
})

/** Machines of the plane. */
export const OPEN = machine('openagent2', '10.200.0.2')
export const RESTRICTED = machine('restricted', '10.200.0.3')
export const OTHERS: readonly End[] = [
  machine('openother2', '10.200.63.250'),
  machine('otherstric', '10.200.17.4'),
  machine('laststrict', '10.200.17.5'),
]
export const AGENTS: readonly End[] = [OPEN, RESTRICTED, ...OTHERS]

/** Domains of those that are restricted. */
const DOMAINS: Readonly<Record<string, readonly string[]>> = {
  restricted: ['api.example.com'],
  otherstric: ['api.example.com', 'git.example.com'],
  laststrict: [],
}
const PLATFORM = 'secrets.example.net'

/** Hosts elsewhere. */
export const IAP: End = { ip: '35.235.240.10' }
export const INTERNET: End = { ip: '1.2.3.4' }
export const API: End = { ip: '93.184.216.34' }
export const SECRETS: End = { ip: '93.184.216.99' }
export const GOOGLE: End = { ip: '199.36.153.8' }
export const PRIVATE: End = { ip: '192.168.7.7' }
const INTERNET_V6: End = { ip: '2001:db8::1' }
const OPEN_V6: End = { ...OPEN, ip: 'fd20::2' }

const NAMES = { 'api.example.com': [API.ip], 'git.example.com': ['93.184.216.35'], [PLATFORM]: [SECRETS.ip] }

/** Somebody's own firewall rules, which let everything in and out. */
const ANYTHING_GOES: Firewall['classic'] = ['INGRESS', 'EGRESS'].map((direction) => ({
  direction,
  priority: 1,
  action: 'allow',
  ranges: ['0.0.0.0/0', '::/0'],
}))

/** The firewall as the simulation has it after network and agents were made, beside rules that let everything through. */
export async function aFirewall(): Promise<Firewall> {
  const { google, network, send } = await aMadeNetwork()
  const egress = googleEgress(google, { platform: [PLATFORM] })
  for (const [uid, domains] of Object.entries(DOMAINS))
    await egress.set({ ...INTENT, op: `op-${uid}` }, { ...PLACE, uid }, { mode: 'restricted', domains })
  const { missing } = (await network.findNetwork(PLACE)) ?? {}
  if (missing?.length !== 0) throw new Error(`the network is not whole: ${String(missing)}`)
  const { networkFirewallPolicyEnforcementOrder: order } = await must(send, `GET ${PARTS.network}/${NAME}`)
  const { rules } = await must(send, `GET ${PARTS['firewall policy']}/${NAME}`)
  return {
    order: asText(order),
    policy: rules as readonly JsonObject[] as readonly PolicyRule[],
    classic: ANYTHING_GOES,
    names: NAMES,
  }
}

const packet = (from: End, to: End, port: number, protocol: Packet['protocol'] = 'tcp'): Packet => ({
  from,
  to,
  protocol,
  ports: [50_000, port],
})

/** What gets through and what does not. */
export const CASES: readonly (readonly [what: string, packet: Packet, passes: boolean])[] = [
  ['IAP reaches SSH', packet(IAP, OPEN, 22), true],
  ['IAP reaches SSH of a restricted agent', packet(IAP, RESTRICTED, 22), true],
  ['IAP reaches no other port', packet(IAP, OPEN, 18_789), false],
  ['IAP reaches nothing over UDP', packet(IAP, OPEN, 22, 'udp'), false],
  ["what is beside IAP's range reaches nothing", packet({ ip: '35.235.239.255' }, OPEN, 22), false],
  ['the internet does not reach SSH', packet(INTERNET, OPEN, 22), false],
  ['the internet does not reach the gateway', packet(INTERNET, RESTRICTED, 18_789), false],
  ['nobody reaches an agent over IPv6', packet(INTERNET_V6, OPEN_V6, 22), false],
  ['an agent does not reach another over HTTPS', packet(OPEN, RESTRICTED, 443), false],
  ['a restricted agent does not reach another over HTTPS', packet(RESTRICTED, OPEN, 443), false],
  ['an agent does not reach the SSH of another', packet(OPEN, RESTRICTED, 22), false],
  ['an open agent reaches the web', packet(OPEN, INTERNET, 443), true],
  ['an open agent reaches the old web', packet(OPEN, INTERNET, 80), true],
  ['an open agent sends no mail', packet(OPEN, INTERNET, 25), false],
  ['an open agent asks no DNS server elsewhere', packet(OPEN, INTERNET, 53, 'udp'), false],
  ['an open agent speaks no QUIC', packet(OPEN, INTERNET, 443, 'udp'), false],
  ['an open agent sends no pings', packet(OPEN, INTERNET, 0, 'icmp'), false],
  ['an agent reaches nobody over IPv6', packet(OPEN_V6, INTERNET_V6, 443), false],
  ['an open agent reaches no private network', packet(OPEN, PRIVATE, 443), false],
  ['a restricted agent reaches no private network', packet(RESTRICTED, PRIVATE, 443), false],
  ['an agent reaches no shared address', packet(OPEN, { ip: '100.64.1.1' }, 443), false],
  ['an agent reaches no link-local address', packet(OPEN, { ip: '169.254.1.1' }, 80), false],
  ['the metadata server is guarded by the machine', packet(OPEN, { ip: '169.254.169.254' }, 80), true],
  ["an open agent reaches Google's APIs privately", packet(OPEN, GOOGLE, 443), true],
  ["a restricted agent reaches Google's APIs privately", packet(RESTRICTED, GOOGLE, 443), true],
  ["a restricted agent reaches nothing else of Google's", packet(RESTRICTED, GOOGLE, 80), false],
  ['a restricted agent reaches what it lists', packet(RESTRICTED, API, 443), true],
  ['a restricted agent reaches what it lists by HTTPS only', packet(RESTRICTED, API, 80), false],
  ['a restricted agent reaches its secrets', packet(RESTRICTED, SECRETS, 443), true],
  ['a restricted agent does not reach the web', packet(RESTRICTED, INTERNET, 443), false],
]
