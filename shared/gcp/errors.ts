import { ProviderError } from '../ports/errors.ts'
import type { ProviderErrorKind } from '../ports/errors.ts'

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const KINDS: ReadonlyMap<unknown, ProviderErrorKind> = new Map([
  [1, 'Unavailable'],
  [3, 'Invalid'],
  [4, 'Unavailable'],
  [5, 'NotFound'],
  [6, 'AlreadyExists'],
  [7, 'Denied'],
  [8, 'RateLimited'],
  [9, 'Conflict'],
  [10, 'Conflict'],
  [13, 'Unavailable'],
  [14, 'Unavailable'],
  [16, 'Denied'],
])

/** The clients retry for ten minutes and more without a word; a function has to say what it waits for. */
const ANSWER_WITHIN_MS = 30_000

/** What a service of Google answered. @throws ProviderError, also when it does not answer in time */
export async function answered<T>(service: string, call: Promise<T>, withinMs = ANSWER_WITHIN_MS): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(silent(service, withinMs)), withinMs)
  try {
    return await Promise.race([call, late])
  } catch (error) {
    throw translated(service, error)
  } finally {
    clearTimeout(timer)
  }
}

/** Whether an error is a provider's answer of one of these kinds. */
export const isAnswer = (error: unknown, ...kinds: readonly ProviderErrorKind[]): boolean =>
  error instanceof ProviderError && kinds.includes(error.kind)

const silent = (service: string, withinMs: number): ProviderError =>
  new ProviderError('Unavailable', `${service} did not answer within ${withinMs / 1000} s; check that it is running`)

function translated(service: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const kind = KINDS.get(error.code)
  return kind ? new ProviderError(kind, `${service}: ${error.message.slice(0, 300)}`, { cause: error }) : error
}
