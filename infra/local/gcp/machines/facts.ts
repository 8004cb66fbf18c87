import { z } from 'zod'
import { OpenClawVersion } from '../../../../shared/documents/fields.ts'
import { firstIssue } from '../../../../shared/documents/parsed.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'

const Uid = z.string().regex(/^[a-z2-7]{10}$/, 'must be a uid')

const Configuration = z.object({ generation: z.string().min(1).max(64), openclaw: z.unknown() })

const Attributes = z.object({
  'ap-plane': Uid,
  'ap-agent-uid': Uid,
  'ap-heartbeat-url': z.url({ protocol: /^https?$/, error: 'must be an address' }),
  'ap-openclaw-version': OpenClawVersion,
  'ap-configuration': z.string().transform((text, context) => {
    try {
      return Configuration.parse(JSON.parse(text))
    } catch {
      context.addIssue('must be a configuration')
      return z.NEVER
    }
  }),
})

/** What a machine is told in its metadata. */
export type Facts = {
  readonly planeUid: string
  readonly uid: string
  readonly heartbeatUrl: string
  readonly openclawVersion: string
  readonly configuration: z.infer<typeof Configuration>
}

/** An instance's own metadata, by key. */
export function attributesOf(instance: JsonObject): Readonly<Record<string, string>> {
  const { items } = (isObject(instance['metadata']) ? instance['metadata'] : {}) as { readonly items?: readonly Item[] }
  return Object.fromEntries((items ?? []).map(({ key, value }) => [key, value]))
}

type Item = { readonly key: string; readonly value: string }

/** Whether an instance is meant to be an agent's machine: others of the project are nobody's business. */
export const isAgents = (instance: JsonObject): boolean => 'ap-agent-uid' in attributesOf(instance)

/** The facts in an instance's metadata, or which key is refused. Its value is never repeated. */
export function factsIn(instance: JsonObject): { readonly facts: Facts } | { readonly refused: string } {
  const parsed = Attributes.safeParse(attributesOf(instance))
  if (!parsed.success) return { refused: `metadata ${firstIssue(parsed.error).join(' ')}` }
  const { data } = parsed
  return {
    facts: {
      planeUid: data['ap-plane'],
      uid: data['ap-agent-uid'],
      heartbeatUrl: data['ap-heartbeat-url'],
      openclawVersion: data['ap-openclaw-version'],
      configuration: data['ap-configuration'],
    },
  }
}
