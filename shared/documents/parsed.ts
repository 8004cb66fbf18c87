import type { z } from 'zod'

/** A document's content after the border: either what the schema promises, or which field is wrong and why. */
export type Parsed<T> =
  | { readonly ok: true; readonly spec: T }
  | {
      readonly ok: false
      readonly field: string
      readonly message: string
      readonly removed: boolean
      readonly purge: boolean
    }

/** The largest spec that is accepted, in bytes of JSON. Firestore events carry 512 KB at most. */
export const MAX_SPEC_BYTES = 64 * 1024

/** Reads a spec that came from outside. Never throws; the first wrong field is named. */
export function parseSpec<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const size = Buffer.byteLength(JSON.stringify(raw) ?? '')
  if (size > MAX_SPEC_BYTES) return refused(raw, 'spec', `is ${size} bytes; at most ${MAX_SPEC_BYTES} are accepted`)
  const result = schema.safeParse(raw)
  if (result.success) return { ok: true, spec: result.data }
  return refused(raw, ...firstIssue(result.error))
}

/** The first wrong field of a failed parse, and what is wrong with it. */
export function firstIssue(error: z.ZodError): [field: string, message: string] {
  const issue = error.issues[0]
  if (issue === undefined) return ['spec', 'is not valid']
  if (issue.code === 'unrecognized_keys') return [[...issue.path, issue.keys[0]].join('.'), 'is not a known field']
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  return [issue.path.join('.') || 'spec', inWords(message)]
}

/** What zod says by itself, as what follows the name of a field. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^Invalid input: expected .+, received undefined$/, 'is missing'],
  [/^Invalid input: expected (.+), received (.+)$/, 'must be $1, not $2'],
  [/^Invalid option: expected /, 'must be '],
  [/^Too (?:big|small): expected \w+ to /, 'must '],
]

const inWords = (message: string): string =>
  WORDS.reduce((said, [pattern, replacement]) => said.replace(pattern, replacement), message)

function refused(raw: unknown, field: string, message: string): Parsed<never> {
  // A wish to remove is honoured however bad the rest of the document is.
  const { desiredState, purge } = Object(raw) as { desiredState?: unknown; purge?: unknown }
  return { ok: false, field, message, removed: desiredState === 'removed', purge: purge === true }
}
