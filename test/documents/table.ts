import { parseSpec } from '../../shared/documents/parsed.ts'
import type { z } from 'zod'

/** The first wrong field of a document and what is wrong with it; `ok` when nothing is. */
export function verdictOn<T>(schema: z.ZodType<T>, raw: unknown): string {
  const parsed = parseSpec(schema, raw)
  return parsed.ok ? 'ok' : `${parsed.field} ${parsed.message}`
}

/** One field of a document: what is accepted in it, and what is refused how. */
export type FieldRow = {
  readonly field: string
  readonly accepted: readonly unknown[]
  /** A value, and the start of what is said about it. */
  readonly refused: readonly (readonly [value: unknown, said: string])[]
}

/** Every value of a table, as rows of a test. */
export const accepted = (table: readonly FieldRow[]): readonly (readonly [string, unknown])[] =>
  table.flatMap(({ field, accepted }) => accepted.map((value) => [field, value] as const))

export const refused = (table: readonly FieldRow[]): readonly (readonly [string, unknown, string])[] =>
  table.flatMap(({ field, refused }) => refused.map(([value, said]) => [field, value, said] as const))
