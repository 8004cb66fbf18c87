import { parseConfiguration } from '../../../machine/vm/configuration.ts'
import { parseFacts } from '../../../machine/vm/facts.ts'
import type { Facts as MachineFacts } from '../../../machine/vm/facts.ts'
import { Refused } from '../../../machine/vm/refused.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'

/** What a machine is told in its metadata. */
export type Facts = MachineFacts & { readonly configuration: ReturnType<typeof parseConfiguration> }

type Item = { readonly key: string; readonly value: string }

function itemsOf(instance: JsonObject): readonly Item[] {
  const { items } = (isObject(instance['metadata']) ? instance['metadata'] : {}) as { readonly items?: readonly Item[] }
  return items ?? []
}

/** An instance's own metadata, by key. */
export const attributesOf = (instance: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(itemsOf(instance).map(({ key, value }) => [key, value]))

/** Whether an instance is meant to be an agent's machine: others of the project are nobody's business. */
export const isAgents = (instance: JsonObject): boolean => itemsOf(instance).some(({ key }) => key === 'ap-agent-uid')

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
