import { parseConfiguration } from '../../../machine/vm/configuration.ts'
import { parseFacts } from '../../../machine/vm/facts.ts'
import type { Facts as MachineFacts } from '../../../machine/vm/facts.ts'
import { Refused } from '../../../machine/vm/refused.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'

/** What a machine is told in its metadata. */
export type Facts = MachineFacts & { readonly configuration: ReturnType<typeof parseConfiguration> }

type Item = { readonly key: string; readonly value: string }

/** An instance's own metadata, by key. */
export function attributesOf(instance: JsonObject): Readonly<Record<string, string>> {
  const { items } = (isObject(instance['metadata']) ? instance['metadata'] : {}) as { readonly items?: readonly Item[] }
  return Object.fromEntries((items ?? []).map(({ key, value }) => [key, value]))
}

/** Whether an instance is meant to be an agent's machine: others of the project are nobody's business. */
export const isAgents = (instance: JsonObject): boolean => 'ap-agent-uid' in attributesOf(instance)

const HEARTBEAT_URL = 'ap-heartbeat-url'

/** The facts in an instance's metadata by a real machine's own rules, or why it refuses them. */
export function factsIn(
  project: string,
  instance: JsonObject,
): { readonly facts: Facts } | { readonly refused: string } {
  const attributes = attributesOf(instance)
  const heartbeatUrl = attributes[HEARTBEAT_URL] ?? ''
  // On one computer heartbeats go over plain HTTP, which a real machine refuses.
  const secure = heartbeatUrl.replace(/^http(?=:\/\/127\.0\.0\.1[:/])/, 'https')
  try {
    const facts = parseFacts(project, { ...attributes, [HEARTBEAT_URL]: secure })
    return {
      facts: { ...facts, heartbeatUrl, configuration: parseConfiguration(attributes['ap-configuration'] ?? '') },
    }
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message }
    throw error
  }
}
