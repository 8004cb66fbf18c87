import { z } from 'zod'
import { ProviderError } from '../ports/errors.ts'
import type { ProviderErrorKind } from '../ports/errors.ts'

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const STATUSES: readonly (readonly [code: number, status: string, kind: ProviderErrorKind])[] = [
  [1, 'CANCELLED', 'Unavailable'],
  [3, 'INVALID_ARGUMENT', 'Invalid'],
  [4, 'DEADLINE_EXCEEDED', 'Unavailable'],
  [5, 'NOT_FOUND', 'NotFound'],
  [6, 'ALREADY_EXISTS', 'AlreadyExists'],
  [7, 'PERMISSION_DENIED', 'Denied'],
  [8, 'RESOURCE_EXHAUSTED', 'RateLimited'],
  [9, 'FAILED_PRECONDITION', 'Conflict'],
  [10, 'ABORTED', 'Conflict'],
  [13, 'INTERNAL', 'Unavailable'],
  [14, 'UNAVAILABLE', 'Unavailable'],
  [16, 'UNAUTHENTICATED', 'Denied'],
]
const BY_CODE: ReadonlyMap<unknown, ProviderErrorKind> = new Map(STATUSES.map(([code, , kind]) => [code, kind]))
const BY_STATUS: ReadonlyMap<unknown, ProviderErrorKind> = new Map(STATUSES.map(([, status, kind]) => [status, kind]))

const BY_HTTP: ReadonlyMap<unknown, ProviderErrorKind> = new Map([
  [400, 'Invalid'],
  [401, 'Denied'],
  [403, 'Denied'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [412, 'Conflict'],
  [429, 'RateLimited'],
])

/**
 * Compute Engine's own words, which say more than its HTTP status: those of refusals and those of failed operations.
 * https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation
 * https://cloud.google.com/compute/api-quota
 */
const BY_REASON: ReadonlyMap<unknown, ProviderErrorKind> = new Map([
  ['alreadyExists', 'AlreadyExists'],
  ['RESOURCE_ALREADY_EXISTS', 'AlreadyExists'],
  ['notFound', 'NotFound'],
  ['RESOURCE_NOT_FOUND', 'NotFound'],
  ['conditionNotMet', 'Conflict'],
  ['CONDITION_NOT_MET', 'Conflict'],
  ['resourceNotReady', 'Conflict'],
  ['RESOURCE_NOT_READY', 'Conflict'],
  ['resourceInUseByAnotherResource', 'Conflict'],
  ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'Conflict'],
  ['quotaExceeded', 'QuotaExceeded'],
  ['QUOTA_EXCEEDED', 'QuotaExceeded'],
  ['rateLimitExceeded', 'RateLimited'],
  ['userRateLimitExceeded', 'RateLimited'],
  ['RESOURCE_OPERATION_RATE_EXCEEDED', 'RateLimited'],
  ['RATE_LIMIT_EXCEEDED', 'RateLimited'],
  ['PERMISSIONS_ERROR', 'Denied'],
  ['INVALID_USAGE', 'Invalid'],
  ['INVALID_FIELD_VALUE', 'Invalid'],
])

/** A zone without room says so in several words: `…_EXHAUSTED`, `…_EXHAUSTED_WITH_DETAILS`. */
const STOCKOUT = /^(?:ZONE_)?RESOURCE_POOL_EXHAUSTED|^resourcePoolExhausted/i

/** Accounts, secrets and the like that are too many are refused like requests that come too fast. */
const TOO_MANY = /^maximum number of /i

/** The clients retry for ten minutes and more without a word; a function has to say what it waits for. */
export const ANSWER_WITHIN_MS = 30_000

/** What a service of Google answered. @throws ProviderError, also when it does not answer in time */
export function answered<T>(service: string, call: Promise<T>, withinMs = ANSWER_WITHIN_MS): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(silent(service, withinMs)), withinMs)
  // Written out, because everything that is read or written passes here: two promises where a race has seven.
  const end = (settle: () => void): void => {
    clearTimeout(timer)
    settle()
  }
  call.then(
    (answer) => end(() => resolve(answer)),
    (error: unknown) => end(() => reject(translated(service, error))),
  )
  return promise
}

/** Whether an error is a provider's answer of one of these kinds. */
export const isAnswer = (error: unknown, ...kinds: readonly ProviderErrorKind[]): error is ProviderError =>
  error instanceof ProviderError && kinds.includes(error.kind)

/** What a call answered, or undefined where it was refused for one of these kinds. */
export async function unless<T>(kinds: readonly ProviderErrorKind[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (isAnswer(error, ...kinds)) return undefined
    throw error
  }
}

/** Why an operation of Compute Engine failed, by the code it ended with. */
export const operationFailed = (what: string, code: string, message: string): ProviderError =>
  new ProviderError(byReason([code]) ?? 'Unavailable', `${what}: ${message.slice(0, 300)} (${code})`)

const silent = (service: string, withinMs: number): ProviderError =>
  new ProviderError('Unavailable', `${service} did not answer within ${withinMs / 1000} s; check that it is running`)

/** An error of whichever of Google's clients. Over HTTP they keep Google's answer, each in its own place. */
type Refusal = Error & {
  readonly code?: unknown
  readonly status?: unknown
  readonly config?: unknown
  readonly response?: { readonly data?: unknown }
  readonly [RAW]?: unknown
}

/** https://github.com/googleapis/google-cloud-node-core/tree/main/packages/gax: the answer as it came, beside the error. */
const RAW = Symbol.for('google-gax.rawHttpResponsePayload')

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
const Detail = z.object({
  reason: z.string().optional(),
  metadata: z.object({ permission: z.string().optional() }).optional(),
})

/** https://cloud.google.com/apis/design/errors#http_mapping; `errors` is what older services say. */
const Answer = z.object({
  error: z.object({
    message: z.string().optional(),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().optional() })).optional(),
    details: z.array(Detail).optional(),
  }),
})

type Said = z.infer<typeof Answer>['error']

function translated(service: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ProviderError) return error
  const refusal: Refusal = error
  const said = saidBy(refusal)
  const kind = kindOf(refusal, said)
  return kind ? new ProviderError(kind, `${service}: ${messageOf(said, error)}`, { cause: error }) : error
}

/** Some services leave it to the details which permission is missing. */
function messageOf({ message, details = [] }: Said, error: Error): string {
  const text = (message ?? error.message).slice(0, 300)
  const missing = details.map(({ metadata }) => metadata?.permission).find((permission) => permission !== undefined)
  return missing === undefined || text.includes(missing) ? text : `${text} (it needs ${missing})`
}

function saidBy(refusal: Refusal): Said {
  const raw = refusal.response?.data ?? refusal[RAW]
  const answer = Answer.safeParse(typeof raw === 'string' ? parsed(raw) : raw)
  return answer.success ? answer.data.error : {}
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function kindOf(refusal: Refusal, said: Said): ProviderErrorKind | undefined {
  if (TOO_MANY.test(said.message ?? '')) return 'QuotaExceeded'
  const reasons = [...(said.errors ?? []), ...(said.details ?? [])].map(({ reason }) => reason)
  const { code, status, config } = refusal
  return byReason(reasons) ?? BY_STATUS.get(said.status) ?? byHttp(status) ?? BY_CODE.get(code) ?? unsent(config)
}

function byReason(reasons: readonly (string | undefined)[]): ProviderErrorKind | undefined {
  if (reasons.some((reason) => STOCKOUT.test(reason ?? ''))) return 'Stockout'
  return reasons.map((reason) => BY_REASON.get(reason)).find((kind) => kind !== undefined)
}

const byHttp = (status: unknown): ProviderErrorKind | undefined =>
  BY_HTTP.get(status) ?? (typeof status === 'number' && status >= 500 ? 'Unavailable' : undefined)

/** A request that got no answer at all still has its configuration. */
const unsent = (config: unknown): ProviderErrorKind | undefined => (config === undefined ? undefined : 'Unavailable')
