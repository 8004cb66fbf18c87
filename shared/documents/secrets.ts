import type { AgentSpec, Channel } from './agent.ts'

/** Names of the secrets a channel's configuration refers to. https://docs.openclaw.ai/channels */
export const CHANNEL_SECRETS: Readonly<Record<Channel['kind'], readonly string[]>> = {
  telegram: ['telegram-bot-token'],
  slack: ['slack-bot-token', 'slack-app-token'],
  whatsapp: [],
  signal: [],
}

/** Every secret an agent's configuration may refer to, by name: those listed, the model's key, the channels' tokens. */
export function secretsOf(spec: AgentSpec): readonly string[] {
  const keys = [
    ...spec.secrets,
    ...(spec.model ? [spec.model.apiKeySecret] : []),
    ...spec.channels.flatMap(({ kind }) => CHANNEL_SECRETS[kind]),
  ]
  return [...new Set(keys)].toSorted()
}
