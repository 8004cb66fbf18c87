import type { Channel } from '../documents/agent.ts'

/** Names of the secrets a channel's configuration refers to. https://docs.openclaw.ai/channels */
export const CHANNEL_SECRETS: Readonly<Record<Channel['kind'], readonly string[]>> = {
  telegram: ['telegram-bot-token'],
  slack: ['slack-bot-token', 'slack-app-token'],
  whatsapp: [],
  signal: [],
}

/** What a channel still needs from its owner, as sentences; `stored` are the secrets that have a value. */
export function channelNeeds({ kind }: Channel, stored: readonly string[]): readonly string[] {
  if (kind === 'whatsapp' || kind === 'signal') return [`${kind} has to be paired by its owner`]
  return CHANNEL_SECRETS[kind].filter((key) => !stored.includes(key)).map((key) => `${kind} needs the secret ${key}`)
}
