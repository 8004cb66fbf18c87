import type { ErrorBody } from '../api/errors.ts'
import { ProviderError } from '../ports/errors.ts'
import type { ProviderErrorKind } from '../ports/errors.ts'
import type { Log } from '../ports/log.ts'
import { Refusal } from './refusal.ts'

const STATUS: Readonly<Record<ProviderErrorKind, number>> = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  Denied: 503,
  Propagating: 503,
  QuotaExceeded: 503,
  Stockout: 503,
  RateLimited: 503,
  Unavailable: 503,
}

/** A JSON answer. Nothing on the way may keep it. */
export const answer = (
  status: number,
  body: unknown,
  requestId: string,
  headers: Record<string, string> = {},
): Response =>
  Response.json(body, {
    status,
    headers: {
      'x-request-id': requestId,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })

/** What went wrong, as the caller may know it. What is our own fault is logged, and told without its details. */
export function problem(error: unknown, requestId: string, log: Log): Response {
  const { status, body, retryAfterMs } = describe(error)
  if (status >= 500) log.error('request failed', { reason: requestId, status, error })
  else log.info('request refused', { reason: body.code, status })
  const after = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  return answer(status, { ...body, requestId } satisfies ErrorBody, requestId, after)
}

type Problem = {
  readonly status: number
  readonly body: Omit<ErrorBody, 'requestId'>
  readonly retryAfterMs?: number | undefined
}

function describe(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { retryAfterMs, ...body } = error.detail
    return { status: error.status, body, retryAfterMs }
  }
  if (error instanceof ProviderError) {
    return { status: STATUS[error.kind], body: { code: error.kind, message: error.message, ...adviceFor(error.kind) } }
  }
  return { status: 500, body: INTERNAL }
}

/** What is told of a mistake of ours: that there is one, and where to look for it. */
export const INTERNAL = {
  code: 'Internal',
  message: 'Something went wrong on our side; nothing more is known here.',
  suggestion: 'Look for the request id in the logs.',
} as const

function adviceFor(kind: ProviderErrorKind): { suggestion?: string } {
  if (kind === 'Conflict') return { suggestion: 'Somebody changed it at the same moment. Look again, then repeat.' }
  return STATUS[kind] === 503 ? { suggestion: 'Try again in a minute.' } : {}
}
