import type { Channel } from '../documents/agent.ts'
import { CHANNEL_SECRETS } from '../documents/secrets.ts'

/** What a channel still needs from its owner, as sentences; `stored` are the secrets that have a value. */
export function channelNeeds({ kind }: Channel, stored: readonly string[]): readonly string[] {
  if (kind === 'whatsapp' || kind === 'signal') return [`${kind} has to be paired by its owner`]
  return CHANNEL_SECRETS[kind].filter((key) => !stored.includes(key)).map((key) => `${kind} needs the secret ${key}`)
}
