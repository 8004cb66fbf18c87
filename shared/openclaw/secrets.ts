import type { AgentSpec } from '../documents/agent.ts'
import { CHANNEL_SECRETS } from './channel-secrets.ts'

/** Every secret an agent's configuration may refer to, by name: those listed, the model's key, the channels' tokens. */
export function secretsOf(spec: AgentSpec): readonly string[] {
  const keys = [
    ...spec.secrets,
    ...(spec.model ? [spec.model.apiKeySecret] : []),
    ...spec.channels.flatMap(({ kind }) => CHANNEL_SECRETS[kind]),
  ]
  return [...new Set(keys)].toSorted()
}
