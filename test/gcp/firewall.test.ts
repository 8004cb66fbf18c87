import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { constantRules, PRIVATE_RANGES } from '../../shared/gcp/plane/firewall-rules.ts'
import { wantedSubnetwork } from '../../shared/gcp/plane/network-wanted.ts'
import { lazily } from '../../shared/gcp/lazily.ts'
import { PLACE } from './adapter-stand.ts'
import { aFirewall, AGENTS, CASES, IAP, OPEN } from './firewall-cases.ts'
import { isLetThrough, statefully } from './firewall-evaluator.ts'
import type { End, Firewall, Packet } from './firewall-evaluator.ts'

const PACKETS = 5000
const firewall = lazily(aFirewall)

test.each(CASES)('%s', async (_, packet, passes) => {
  expect(isLetThrough(packet, await firewall())).toBe(passes)
})

const failing = (changed: Firewall): readonly string[] =>
  CASES.filter(([, packet, passes]) => isLetThrough(packet, changed) !== passes).map(([what]) => what)

test.each(constantRules)('without rule $priority ($description) something is different', async ({ priority }) => {
  const { policy, ...rest } = await firewall()
  expect(failing({ ...rest, policy: policy.filter((rule) => rule.priority !== priority) })).not.toEqual([])
})

test.each(constantRules)('with rule $priority ($description) turned round something is different', async (rule) => {
  const { policy, ...rest } = await firewall()
  const action = rule.action === 'allow' ? 'deny' : 'allow'
  const turned = policy.map((each) => (each.priority === rule.priority ? { ...each, action } : each))
  expect(failing({ ...rest, policy: turned })).not.toEqual([])
})

test("with somebody's own rules first everything would get through", async () => {
  expect(failing({ ...(await firewall()), order: 'AFTER_CLASSIC_FIREWALL' })).not.toEqual([])
})

const isLast = ({ action, targetServiceAccounts = [] }: Firewall['policy'][number]): boolean =>
  action === 'deny' && targetServiceAccounts.some((account) => account.includes('-restricted@'))

test('a restricted agent whose last rule is missing would reach the web', async () => {
  const { policy, ...rest } = await firewall()
  expect(failing({ ...rest, policy: policy.filter((rule) => !isLast(rule)) })).toContain(
    'a restricted agent does not reach the web',
  )
})

test('no packet gets from one agent to another, whichever they are', async () => {
  const rules = await firewall()
  const random = seededRandom(11)
  const passed = Array.from({ length: PACKETS }, () => between(random)).filter((packet) => isLetThrough(packet, rules))
  expect(passed).toEqual([])
})

test('nothing but IAP gets in, and that to SSH only', async () => {
  const rules = await firewall()
  const random = seededRandom(12)
  const packets = Array.from({ length: PACKETS }, () => ({ ...between(random), from: outside(random) }))
  const passed = packets.filter((packet) => isLetThrough(packet, rules))
  const strangers = passed.filter(
    ({ from, protocol, ports }) => !IAP_RANGE.check(from.ip) || protocol !== 'tcp' || ports[1] !== 22,
  )
  expect(strangers).toEqual([])
  expect(passed.length).toBeGreaterThan(0)
  // Whoever is beside the range tried as much as who is in it.
  const beside = packets.filter(({ from, protocol, ports }) => isBeside(from) && protocol === 'tcp' && ports[1] === 22)
  expect(beside.length).toBeGreaterThan(0)
})

test('answers get through, and nothing else that looks like one', async () => {
  const request: Packet = { from: IAP, to: OPEN, protocol: 'tcp', ports: [50_000, 22] }
  const answer: Packet = { from: OPEN, to: IAP, protocol: 'tcp', ports: [22, 50_000] }
  const pass = statefully(await firewall())
  expect(pass(answer)).toBe(false)
  expect(pass(request)).toBe(true)
  expect(pass(answer)).toBe(true)
  expect(pass({ ...answer, ports: [22, 50_001] })).toBe(false)
})

test('machines are in one of the ranges that nobody reaches', () => {
  const { ipCidrRange } = wantedSubnetwork(PLACE)
  expect(ipCidrRange).toBe('10.200.0.0/18')
  expect(PRIVATE_RANGES).toContain('10.0.0.0/8')
})

const pick = <T>(random: () => number, items: readonly [T, ...T[]]): T =>
  items[Math.floor(random() * items.length)] ?? items[0]

const port = (random: () => number): number =>
  pick(random, [22, 53, 80, 443, 5222, 18_789, Math.floor(random() * 65_536)])

/** From any agent to any other, at any address of the network, which agents may one day have. */
function between(random: () => number): Packet {
  const [first = OPEN, second = OPEN] = AGENTS.toSorted(() => random() - 0.5)
  const moved = (end: End): End => (random() < 0.5 ? end : { ...end, ip: address(random, '10.200') })
  const protocol = pick<Packet['protocol']>(random, ['tcp', 'tcp', 'udp', 'icmp', 'sctp'])
  return { from: moved(first), to: moved(second), protocol, ports: [port(random), port(random)] }
}

function address(random: () => number, begin: string): string {
  const octet = (below: number): string => String(Math.floor(random() * below))
  return `${begin}.${octet(64)}.${octet(256)}`
}

/** https://cloud.google.com/iap/docs/using-tcp-forwarding#create-firewall-rule */
const IAP_RANGE = new BlockList()
IAP_RANGE.addSubnet('35.235.240.0', 20)

const isBeside = ({ ip }: End): boolean => ip.startsWith('35.235.') && !IAP_RANGE.check(ip)

/** In IAP's range, which ends at 35.235.255.255, or in the one of the same size just below it. */
const nearIap = (random: () => number): string =>
  `35.235.${224 + Math.floor(random() * 32)}.${Math.floor(random() * 256)}`

const outside = (random: () => number): End =>
  pick(random, [IAP, { ip: nearIap(random) }, { ip: address(random, '8.8') }, { ip: '192.168.7.7' }])
