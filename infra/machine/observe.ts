import type { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import type { AdminRpc } from '../../shared/openclaw/admin-rpc.ts'
import { channelHealth } from '../../shared/openclaw/channel-health.ts'
import { readReadiness, readStartup } from '../../shared/openclaw/probes.ts'
import type { Readiness } from '../../shared/openclaw/probes.ts'

/** What a machine sees of its gateway. */
export type Observation = Omit<HeartbeatBody, 'appliedGeneration' | 'first'>

/** Looks at a gateway without spending a token. `channels` are the kinds it was configured with. */
export async function observe(gatewayUrl: string, rpc: AdminRpc, channels: readonly string[]): Promise<Observation> {
  const [readiness, { version, uptimeMs }] = await Promise.all([readReadiness(gatewayUrl), readStartup(gatewayUrl)])
  const ready = isReady(readiness, channels)
  return {
    ready,
    failing: readiness.failing.slice(0, 20).map((name) => name.slice(0, 64)),
    ...(version !== undefined && { openclawVersion: version.slice(0, 32) }),
    ...(uptimeMs !== undefined && { uptimeMs }),
    ...(ready && channels.length > 0 && { channels: channelHealth(channels, await statusOf(rpc)) }),
  }
}

/** A channel that still lacks its token or pairing is its owner's business; it does not keep the agent from answering. */
const isReady = ({ ready, failing }: Readiness, channels: readonly string[]): boolean =>
  ready || (failing.length > 0 && failing.every((name) => channels.includes(name.split(':')[0] ?? '')))

const statusOf = (rpc: AdminRpc): Promise<unknown> => rpc('channels.status').catch(() => undefined)
