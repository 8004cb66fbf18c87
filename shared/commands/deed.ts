import type { AuditEntry, AuditRecord } from '../ports/specs.ts'
import type { Context } from './command.ts'
import { canonical } from '../lifecycle/want.ts'
import { Refusal } from './refusal.ts'

type Fields = Readonly<Record<string, unknown>>

/** What is done to what. `input` is all that was asked for, save the value of a secret. */
export type Deed = Pick<AuditEntry, 'action' | 'agent' | 'member' | 'before' | 'after'> & { readonly input: object }

/** The entry that a deed leaves in the audit trail. */
export async function entryOf({ input, ...deed }: Deed, context: Context): Promise<AuditEntry> {
  const { caller, surface, requestId, key } = context
  const again = key === undefined ? {} : { key, asked: await fingerprint(deed.action, input, context) }
  return { actor: caller.actor, surface, requestId, ...again, ...deed }
}

/**
 * What an earlier try of the same wish left. A wish is the same when all of it is.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
 * @throws Refusal 422 when the key was another wish's
 */
export async function findDone(
  plane: string,
  { action, input }: Pick<Deed, 'action' | 'input'>,
  context: Context,
): Promise<AuditRecord | undefined> {
  const { key, ports } = context
  const entry = key === undefined ? undefined : await ports.specs.findAudit(plane, key)
  if (entry === undefined || entry.asked === (await fingerprint(action, input, context))) return entry
  throw new Refusal(422, {
    code: 'KeyReused',
    message: 'This idempotency key was sent before, with another request.',
    field: 'Idempotency-Key',
    suggestion: 'Send a new key with every new request, and the same one only to try the same request again.',
  })
}

async function fingerprint(action: string, input: object, { caller }: Context): Promise<string> {
  const { value: _, ...asked } = input as Fields
  const text = canonical([caller.actor, action, asked])
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Buffer.from(hash).toString('hex').slice(0, 32)
}
