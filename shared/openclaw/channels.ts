import type { Channel } from '../documents/agent.ts'
import { CHANNEL_SECRETS } from '../documents/secrets.ts'
import { secretRef } from './secret-ref.ts'

/** What each kind of channel calls its tokens, in the order of CHANNEL_SECRETS. */
const TOKEN_FIELDS: Readonly<Record<Channel['kind'], readonly string[]>> = {
  telegram: ['botToken'],
  slack: ['botToken', 'appToken'],
  whatsapp: [],
  signal: [],
}

/** OpenClaw's `channels` section. Tokens are references; who may write to the agent is a list, never everybody. */
export function channelSettings(channels: readonly Channel[]): Record<string, unknown> {
  return Object.fromEntries(channels.map((channel) => [channel.kind, settingsOf(channel)]))
}

function settingsOf({ kind, allowFrom, account }: Channel): Record<string, unknown> {
  const tokens = TOKEN_FIELDS[kind].map((field, i) => [field, secretRef(CHANNEL_SECRETS[kind][i] ?? field)])
  return {
    enabled: true,
    dmPolicy: allowFrom.length > 0 ? 'allowlist' : 'pairing',
    ...(allowFrom.length > 0 && { allowFrom }),
    ...(kind === 'slack' && { mode: 'socket' }),
    ...(account !== undefined && kind === 'signal' && { account }),
    ...Object.fromEntries(tokens),
  }
}
