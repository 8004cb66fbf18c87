import type { AgentSpec } from '../documents/agent.ts'
import { CHANNEL_SECRETS } from './channels.ts'

/** Every secret an agent needs by name: those it lists, its model key, and the tokens of its channels. */
export function secretsOf(spec: Pick<AgentSpec, 'secrets' | 'model' | 'channels'>): readonly string[] {
  const tokens = spec.channels.flatMap(({ kind }): string[] => Object.values(CHANNEL_SECRETS[kind]))
  return [...new Set([...spec.secrets, ...(spec.model ? [spec.model.apiKeySecret] : []), ...tokens])].toSorted()
}
