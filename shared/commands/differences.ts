import type { z } from 'zod'
import type { Parsed } from '../documents/parsed.ts'
import { canonical } from '../lifecycle/want.ts'
import { ProviderError } from '../ports/errors.ts'

/** Fields that are no part of what somebody asks for when creating something. */
const OWN = new Set(['createdAt', 'desiredState', 'purge', 'restart', 'retry'])

/** Which fields of an existing spec are other than wanted. A spec that is not valid differs as a whole. */
export function differences<T extends object>(
  schema: z.ZodType<T>,
  wanted: object,
  existing: Parsed<T> | undefined,
): readonly string[] {
  if (existing?.ok !== true) return ['spec']
  const { createdAt } = existing.spec as { createdAt?: unknown }
  const asked = schema.parse({ ...wanted, createdAt }) as Readonly<Record<string, unknown>>
  const there = existing.spec as Readonly<Record<string, unknown>>
  const names = new Set([...Object.keys(asked), ...Object.keys(there)])
  return [...names].filter((name) => !OWN.has(name) && canonical(asked[name]) !== canonical(there[name]))
}

/** Whether a create found a document in its place. */
export const isAlreadyThere = (error: unknown): boolean =>
  error instanceof ProviderError && error.kind === 'AlreadyExists'

type Fields = Readonly<Record<string, unknown>>

/** The fields that an edit changes, and no others. A field that is not there is null. */
export type Difference = { readonly before: Fields; readonly after: Fields }

/** What an edit changes of a spec; nothing of a spec that cannot be read is known to be as wanted. */
export function differenceOf(spec: Fields | undefined, edit: Fields): Difference {
  const changed = Object.keys(edit).filter((name) => canonical(edit[name]) !== canonical(spec?.[name]))
  const pick = (fields: Fields): Fields => Object.fromEntries(changed.map((name) => [name, fields[name] ?? null]))
  return { before: spec === undefined ? {} : pick(spec), after: pick(edit) }
}

/** Whether there is nothing to change. */
export const isEmpty = ({ after }: Difference): boolean => Object.keys(after).length === 0
