import type { HeartbeatBody } from '../../../../shared/documents/heartbeat.ts'
import { CHANNEL_SECRETS } from '../../../../shared/documents/secrets.ts'
import { SECRET_PROVIDER } from '../../../../shared/openclaw/secret-ref.ts'
import { isObject } from '../json.ts'
import type { Facts } from './facts.ts'

/** A secret that a configuration refers to, and what does not work without it: a channel's kind, or the model. */
export type Need = { readonly key: string; readonly part: string }

/** Every secret of the agent's own that its configuration refers to. */
export const needsOf = ({ configuration }: Facts): readonly Need[] =>
  references(configuration.openclaw, []).map(({ key, path }) => ({ key, part: partOf(path) }))

type Reference = { readonly key: string; readonly path: readonly string[] }

function references(value: unknown, path: readonly string[]): readonly Reference[] {
  if (Array.isArray(value)) return value.flatMap((item) => references(item, path))
  if (!isObject(value)) return []
  const { provider, id } = value
  if (provider === SECRET_PROVIDER && typeof id === 'string') return [{ key: id, path }]
  return Object.entries(value).flatMap(([name, member]) => references(member, [...path, name]))
}

const partOf = ([section = '', kind = '']: readonly string[]): string =>
  section === 'channels' ? kind : section === 'models' ? 'model' : section

/** What a gateway with this configuration would say of itself when these secrets cannot be had. */
export function observe(
  facts: Facts,
  missing: readonly Need[],
): Pick<HeartbeatBody, 'ready' | 'failing' | 'channels' | 'openclawVersion'> {
  const failing = [...new Set(missing.map(({ part }) => part))]
  const { openclaw } = facts.configuration
  const channels = Object.keys(Object(isObject(openclaw) ? openclaw['channels'] : {}) as object)
  const stateOf = (kind: string) =>
    failing.includes(kind) ? 'unconfigured' : needsPairing(kind) ? 'unpaired' : 'connected'
  return {
    // A channel that lacks its token is its owner's business, and keeps no gateway from answering.
    ready: failing.every((part) => channels.includes(part)),
    failing,
    openclawVersion: facts.openclawVersion,
    ...(channels.length > 0 && { channels: Object.fromEntries(channels.map((kind) => [kind, stateOf(kind)])) }),
  }
}

const needsPairing = (kind: string): boolean =>
  (CHANNEL_SECRETS as Readonly<Record<string, readonly string[]>>)[kind]?.length === 0
