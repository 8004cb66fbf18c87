import type { HeartbeatBody } from '../documents/heartbeat.ts'

type ChannelState = NonNullable<HeartbeatBody['channels']>[string]
type ChannelAccount = {
  readonly configured?: boolean
  readonly connected?: boolean
  readonly linked?: boolean
  readonly lifecycle?: string
}

/** Reads `channels.status` for the channels a configuration names: what each still needs, in our words. */
export function channelHealth(kinds: readonly string[], status: unknown): Record<string, ChannelState> {
  const { channelAccounts } = Object(status) as {
    channelAccounts?: Readonly<Record<string, readonly ChannelAccount[]>>
  }
  return Object.fromEntries(kinds.map((kind) => [kind, stateOf(channelAccounts?.[kind]?.[0])]))
}

function stateOf(account: ChannelAccount | undefined): ChannelState {
  // `blocked` is how a channel stands whose token was named but has no value yet.
  if (account?.configured !== true || account.lifecycle === 'blocked') return 'unconfigured'
  if (account.linked === false) return 'unpaired'
  return account.connected === true ? 'connected' : 'disconnected'
}
