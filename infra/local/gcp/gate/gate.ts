import { ApiError, invalid } from '../errors.ts'
import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Api } from '../served.ts'
import { checkBody } from './check.ts'
import type { ReadOnlyFields, Violation } from './check.ts'
import { descriptions } from './descriptions.ts'
import type { Method } from './descriptions.ts'
import { checkPath, checkQuery } from './query.ts'
import type { Query } from './query.ts'
import { router } from './route.ts'
import type { Route } from './route.ts'

/** A request that is what its API description says it must be. */
export type Admitted = {
  readonly method: Method
  readonly path: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: JsonObject
}

export type RawRequest = {
  readonly httpMethod: string
  /** Path and query. */
  readonly url: string
  readonly body: string
}

export type Gate = {
  /** Which method a request is for. Throws when none is served there. */
  readonly route: (request: RawRequest) => Route
  /** Throws with everything that is wrong. */
  readonly admit: (request: RawRequest, route: Route) => Admitted
}

const find = router(descriptions.methods)

export function gate(readOnlyFields: ReadOnlyFields): Gate {
  return {
    route: ({ httpMethod, url }) => {
      const route = find(httpMethod, pathOf(url))
      // Google answers 404 here. 400 cannot be taken for a resource that is not there.
      if (route === undefined) throw invalid(`${httpMethod} ${pathOf(url)} is no method the simulated cloud serves`)
      return route
    },
    admit: (request, { method, path }) => {
      const { query, violations } = checkQuery(new URL(request.url, 'http://localhost').searchParams, method)
      const parsed = parse(request.body)
      const body = checkBody(parsed, { descriptions, method, readOnlyFields })
      refuse(method.api, [...checkPath(path, method), ...violations, ...body.violations])
      return { method, path, query, body: body.value }
    },
  }
}

const pathOf = (url: string): string => url.replace(/[?#].*$/s, '')

function parse(body: string): JsonObject {
  if (body.trim() === '') return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw invalid('Invalid JSON payload received.')
  }
  // Google's own clients send an empty text where a method takes no body.
  if (parsed === null || parsed === '') return {}
  if (!isObject(parsed)) throw invalid('Invalid JSON payload received: the body is not an object.')
  return parsed
}

function refuse(api: Api, violations: readonly Violation[]): void {
  const [first] = violations
  if (first === undefined) return
  const unknown = violations.some(({ description }) => description.startsWith('Unknown name'))
  const lines = violations.map(({ field, description }) =>
    api === 'compute.v1' && !unknown
      ? `Invalid value for field '${field === '' ? 'resource' : `resource.${field}`}': ${description}`
      : `${description} (at '${field}')`,
  )
  const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations }]
  throw new ApiError(
    'INVALID_ARGUMENT',
    [unknown ? 'Invalid JSON payload received.' : '', ...lines].filter(Boolean).join(' '),
    {
      reason: first.description === 'is required' ? 'required' : 'invalid',
      details,
    },
  )
}
