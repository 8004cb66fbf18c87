import type { PlanView } from '../api/views.ts'
import { firstIssue } from '../documents/parsed.ts'
import type { Parsed } from '../documents/parsed.ts'
import type { z } from 'zod'
import type { Difference } from './differences.ts'
import { ProviderError } from '../ports/errors.ts'
import { Refusal } from './refusal.ts'

export type Fields = Readonly<Record<string, unknown>>

const MAX_TRIES = 3

/** Decides and writes, once more when somebody else wrote in between: what they changed stays, if it is another field. */
export async function onceMore<T>(decideAndWrite: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await decideAndWrite()
    } catch (error) {
      if (tries >= MAX_TRIES || !isOvertaken(error)) throw error
    }
  }
}

/** Whether a write came too late: somebody else's was there before. */
export const isOvertaken = (error: unknown): boolean =>
  error instanceof ProviderError && (error.kind === 'Conflict' || error.kind === 'AlreadyExists')

/** A spec with an edit in it. One that cannot be read is edited blindly: what is wrong with it may be corrected so. @throws Refusal 422 */
export function edited<T extends object>(
  schema: z.ZodType<T>,
  parsed: Parsed<T> | undefined,
  edit: Fields,
): Parsed<T> | undefined {
  if (parsed?.ok !== true) return parsed
  const kept = Object.entries({ ...parsed.spec, ...edit }).filter(([, value]) => value !== undefined)
  const result = schema.safeParse(Object.fromEntries(kept))
  if (result.success) return { ok: true, spec: result.data }
  const [field, message] = firstIssue(result.error)
  throw new Refusal(422, { code: 'Invalid', message: `${field} ${message}`, field })
}

type Texts = Readonly<Record<string, string | undefined>>

/** What cannot be changed may be said again. @throws Refusal 422 naming the field that differs */
export function refuseImmutable(what: string, asked: Texts, there: Texts, instead: string): void {
  const field = Object.keys(asked).find((name) => asked[name] !== undefined && asked[name] !== there[name])
  if (field === undefined) return
  throw new Refusal(422, {
    code: 'Immutable',
    message: `${field} of ${what} is ${there[field] ?? 'not known yet'}, which cannot be changed.`,
    field,
    suggestion: instead,
  })
}

/** Fields that were given, save those that say what is meant; null takes one away. */
export const wanted = (given: Fields, except: readonly string[]): Fields =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined || except.includes(name) ? [] : [[name, value ?? undefined]],
    ),
  )

/** A plan as it is shown. */
export const planView = (
  difference: Difference,
  steps: readonly { step: string; does: PlanView['steps'][number]['does'] }[],
): PlanView => ({
  ...difference,
  steps: steps.map(({ step, does }) => ({ name: step, does })),
})
