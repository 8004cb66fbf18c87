import { ApiError } from './errors.ts'
import type { Failure, OperationWanted } from './compute/operations.ts'
import { quotaExceeded } from './compute/quotas.ts'
import { only } from './gate/query.ts'
import { asText } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import type { Call } from './world.ts'

/**
 * What can go wrong on demand:
 * - `unavailable`, `rateLimited`, `quotaExceeded`, `staleEtag`: refused before anything happens;
 * - `lostRequest`: the connection breaks before anything happens; `lostAnswer`: after it has happened;
 * - `conflictOurs`: the same request came through a moment before; `conflictForeign`: somebody else took the name;
 * - `stockout`, `operationQuota`, `operationFails`: the operation is accepted and fails when it would be done;
 * - `operationEndless`, `operationForgotten`: it is accepted and done, yet never says so, or nobody knows it any more;
 * - `slow`: the answer takes `latencyMs` longer.
 */
export const troubleKinds = [
  'unavailable',
  'rateLimited',
  'quotaExceeded',
  'staleEtag',
  'lostRequest',
  'lostAnswer',
  'conflictOurs',
  'conflictForeign',
  'stockout',
  'operationQuota',
  'operationFails',
  'operationEndless',
  'operationForgotten',
  'slow',
] as const

export type TroubleKind = (typeof troubleKinds)[number]

export type Trouble = {
  readonly kind: TroubleKind
  /** A method's id, or the beginning of some followed by `*`. */
  readonly method: string
  /** Only requests about resources whose name contains this. */
  readonly resource?: string
  /** Lets so many matching requests through first. */
  readonly skip?: number
  /** Troubles so many, 1 by default. */
  readonly times?: number
  /** With `slow`. */
  readonly latencyMs?: number
}

/** A request as troubles see it. */
type About = Pick<Call, 'method' | 'resource' | 'body' | 'query'>

export type Troubles = {
  readonly add: (trouble: Trouble) => void
  readonly clear: () => void
  /** Counts one matching request for the kinds that act on requests, and says which acts on it. */
  readonly strike: (about: About) => Trouble | undefined
  /** How an operation that is accepted now will end otherwise than it should, or seem to. */
  readonly ofOperation: (about: About) => Pick<OperationWanted, 'failure' | 'misreport'>
  readonly waiting: () => Json
}

const MISREPORTS = { operationEndless: 'endless', operationForgotten: 'forgotten' } as const

const isMisreport = (kind: TroubleKind): kind is keyof typeof MISREPORTS => kind in MISREPORTS

const LATE: ReadonlySet<TroubleKind> = new Set([
  'stockout',
  'operationQuota',
  'operationFails',
  'operationEndless',
  'operationForgotten',
])

type Counted = Trouble & { readonly left: number; readonly skipping: number }

export function troubles(): Troubles {
  let open: readonly Counted[] = []
  const take = (about: About, isLate: boolean): Trouble | undefined => {
    const trouble = open.find((one) => LATE.has(one.kind) === isLate && one.left > 0 && concerns(one, about))
    if (trouble === undefined) return undefined
    const isSkipped = trouble.skipping > 0
    const after = isSkipped ? { ...trouble, skipping: trouble.skipping - 1 } : { ...trouble, left: trouble.left - 1 }
    open = open.map((one) => (one === trouble ? after : one))
    return isSkipped ? undefined : trouble
  }
  return {
    add: (trouble) => {
      open = [...open, { ...trouble, left: trouble.times ?? 1, skipping: trouble.skip ?? 0 }]
    },
    clear: () => {
      open = []
    },
    strike: (about) => take(about, false),
    ofOperation: (about) => {
      const trouble = take(about, true)
      if (trouble === undefined) return {}
      return isMisreport(trouble.kind) ? { misreport: MISREPORTS[trouble.kind] } : { failure: failure(trouble, about) }
    },
    waiting: () => open.filter(({ left }) => left > 0).map((trouble): JsonObject => ({ ...trouble })),
  }
}

function concerns({ method, resource = '' }: Trouble, about: About): boolean {
  const { id } = about.method
  const fits = method.endsWith('*') ? id.startsWith(method.slice(0, -1)) : id === method
  // What is about to be made has its name in the body or the query.
  const { name, accountId } = about.body
  const named = [about.resource, name, accountId, only(about.query, 'secretId')].map(asText).join('/')
  return fits && named.includes(resource)
}

function failure({ kind }: Trouble, { resource }: About): Failure {
  const zone = /^projects\/[^/]+\/zones\/[^/]+/.exec(resource)?.[0] ?? resource
  if (kind === 'stockout')
    return {
      http: 503,
      code: 'ZONE_RESOURCE_POOL_EXHAUSTED',
      message: `The zone '${zone}' does not have enough resources available to fulfill the request.  Try a different zone, or try again later.`,
    }
  if (kind === 'operationQuota')
    return { http: 403, code: 'QUOTA_EXCEEDED', message: "Quota 'CPUS' exceeded.  Limit: 24.0 in the region." }
  return { http: 503, code: 'INTERNAL_ERROR', message: 'Internal error. Please try again or contact Google Support.' }
}

/** The refusal a trouble answers with; undefined for the kinds that act in another way. */
export function refusalOf({ kind }: Trouble, { method }: About): ApiError | undefined {
  const isCompute = method.api === 'compute.v1'
  if (kind === 'unavailable') return new ApiError('UNAVAILABLE', 'The service is currently unavailable.')
  if (kind === 'rateLimited') return rateLimited(isCompute, method.id)
  if (kind === 'quotaExceeded')
    return isCompute ? quotaExceeded('CPUS', 24, 'the region') : new ApiError('RESOURCE_EXHAUSTED', 'Quota exceeded.')
  if (kind === 'staleEtag')
    return new ApiError(
      'ABORTED',
      'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
      {
        ...(isCompute && { http: 412, reason: 'conditionNotMet' }),
      },
    )
  return undefined
}

/** How a rate above its limit is refused: Compute Engine says 403, the others 429. */
export function rateLimited(isCompute: boolean, group: string): ApiError {
  const message = `Quota exceeded for quota metric '${group}' and limit 'per minute' of the project.`
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'RATE_LIMIT_EXCEEDED',
      domain: 'googleapis.com',
      metadata: { quota_metric: group },
    },
  ]
  return new ApiError('RESOURCE_EXHAUSTED', isCompute ? `Rate Limit Exceeded: ${message}` : message, {
    details,
    ...(isCompute && { http: 403, reason: 'rateLimitExceeded' }),
  })
}
