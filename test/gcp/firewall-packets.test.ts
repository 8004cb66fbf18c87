import { isIPv4 } from 'node:net'
import { expect, test } from 'vitest'
import { hasProgram, works } from '../fakes/debian.ts'
import { aFirewall, API, CASES, GOOGLE, IAP, INTERNET, OPEN, PRIVATE, RESTRICTED, SECRETS } from './firewall-cases.ts'
import type { Packet } from './firewall-evaluator.ts'
import { hosts } from './firewall-hosts.ts'
import { nftables } from './firewall-nft.ts'

/** What is missing to send packets for real; nftables is a package of Debian, installed where that is allowed. */
async function missing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'root, to make network namespaces'
  if (!(await works('ip', 'netns', 'list'))) return 'ip, of the package iproute2'
  if (!(await works('unshare', '--net', 'true'))) return 'the right to make network namespaces'
  return (await hasProgram('nft', 'nftables')) ? undefined : 'nft, of the package nftables'
}

const OUTSIDE = [IAP, INTERNET, API, SECRETS, GOOGLE, PRIVATE].map(({ ip }) => ip)
const ADDRESSES = { a: [OPEN.ip], b: [RESTRICTED.ip], o: OUTSIDE }
const PORTS = [22, 25, 53, 80, 443, 18_789]

const isSendable = ({ from, to, protocol, ports }: Packet): boolean =>
  [from.ip, to.ip].every((ip) => Object.values(ADDRESSES).flat().includes(ip) && isIPv4(ip)) &&
  (protocol === 'tcp' || protocol === 'udp') &&
  PORTS.includes(ports[1])

const SENDABLE = CASES.filter(([, packet]) => isSendable(packet))

test('real packets go the way the evaluator says', async (ctx) => {
  const lacking = await missing()
  if (lacking !== undefined) ctx.skip(`needs ${lacking}`)
  const network = await hosts(`fw${process.pid % 100_000}`, ADDRESSES, PORTS)
  try {
    const packets = SENDABLE.map(([, packet]) => packet)
    expect(await network.send(packets), 'without rules all arrive').toEqual(packets.map(() => true))
    const accounts = { [OPEN.account ?? '']: OPEN.ip, [RESTRICTED.account ?? '']: RESTRICTED.ip }
    await network.load(nftables(await aFirewall(), accounts))
    const arrived = await network.send(packets)
    const seen = SENDABLE.map(([what], index) => [what, arrived[index]])
    expect(seen).toEqual(SENDABLE.map(([what, , passes]) => [what, passes]))
  } finally {
    await network.close()
  }
})
