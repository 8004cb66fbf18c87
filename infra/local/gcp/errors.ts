import type { Api } from './served.ts'
import type { Json, JsonObject } from './json.ts'

/** Google's canonical error codes, as far as the simulation answers them. */
export type Status =
  | 'INVALID_ARGUMENT'
  | 'FAILED_PRECONDITION'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'INTERNAL'

const HTTP: Readonly<Record<Status, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
}

const REASON: Readonly<Record<Status, string>> = {
  INVALID_ARGUMENT: 'invalid',
  FAILED_PRECONDITION: 'failedPrecondition',
  UNAUTHENTICATED: 'authError',
  PERMISSION_DENIED: 'forbidden',
  NOT_FOUND: 'notFound',
  ALREADY_EXISTS: 'alreadyExists',
  ABORTED: 'aborted',
  RESOURCE_EXHAUSTED: 'rateLimitExceeded',
  UNAVAILABLE: 'backendError',
  INTERNAL: 'backendError',
}

type Extra = {
  /** Where the HTTP status is not the canonical one: Compute Engine says 412 for a stale fingerprint, 403 for a quota. */
  readonly http?: number
  /** Compute Engine's own word. */
  readonly reason?: string
  readonly details?: readonly JsonObject[]
}

/** An answer that says no. `status` is canonical; how it is written depends on the API. */
export class ApiError extends Error {
  readonly status: Status
  readonly http: number
  readonly reason: string
  readonly details: readonly JsonObject[]

  constructor(status: Status, message: string, extra: Extra = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.http = extra.http ?? HTTP[status]
    this.reason = extra.reason ?? REASON[status]
    this.details = extra.details ?? []
  }
}

export const invalid = (message: string, extra?: Extra): ApiError => new ApiError('INVALID_ARGUMENT', message, extra)

export const notFound = (name: string): ApiError => new ApiError('NOT_FOUND', `The resource '${name}' was not found`)

export const alreadyExists = (name: string): ApiError =>
  new ApiError('ALREADY_EXISTS', `The resource '${name}' already exists`)

export const inUse = (name: string, by: string): ApiError =>
  invalid(`The resource '${name}' is already being used by '${by}'`, { reason: 'resourceInUseByAnotherResource' })

/** The error as its API writes it: Compute Engine without a status, IAM with both forms, the others with a status only. */
export function envelope(api: Api, error: ApiError): Json {
  const { http, message, status, reason, details } = error
  const shared = { code: http, message, ...(details.length > 0 && { details }) }
  const errors = [{ message, domain: 'global', reason }]
  if (api === 'compute.v1') return { error: { ...shared, errors } }
  if (api.startsWith('iam.')) return { error: { ...shared, errors, status } }
  return { error: { ...shared, status } }
}
