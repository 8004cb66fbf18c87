import { z } from 'zod'
import { routes } from '../api/contract.ts'
import type { Route, RouteName } from '../api/contract.ts'
import { IdempotencyKey, KEY_HEADER, SURFACE_HEADER } from '../api/headers.ts'
import { firstIssue } from '../documents/parsed.ts'
import type { Caller } from '../ports/people.ts'
import type { Surface } from '../ports/specs.ts'
import { commands } from './commands.ts'
import type { Command } from './command.ts'
import type { CommandPorts } from './ports.ts'
import { answer, problem } from './answers.ts'
import { readFields } from './body.ts'
import { openApiAnswer } from './published.ts'
import { SOURCE_RATE, rateLimit, sourceOf } from './rate-limit.ts'
import { requestLog } from './request-log.ts'
import { Refusal } from './refusal.ts'

type Match = { readonly name: RouteName; readonly route: Route; readonly params: Readonly<Record<string, string>> }

/** The API as one function. What stands before `/v1/` in the path is where it was mounted, and ignored. */
export function router(ports: CommandPorts): (request: Request) => Promise<Response> {
  const limit = rateLimit()
  const limitSource = rateLimit(SOURCE_RATE)
  return async (request) => {
    const requestId = ports.ids.next()
    const startMs = ports.clock.nowMs()
    const log = requestLog(request, requestId, ports.log)
    try {
      const source = sourceOf(request)
      if (source !== undefined) limitSource(source, startMs)
      const published = await openApiAnswer(request, requestId)
      if (published !== undefined) return published
      const caller = await authenticated(request, ports)
      limit(caller.actor, startMs)
      const { name, route, params } = match(request)
      const input = parseInput(route, params, await readFields(request))
      const run = commands[name] as Command<RouteName>
      const context = { caller, ports, requestId, surface: surfaceOf(request, caller), key: keyOf(request) }
      const result = await run(input as never, context)
      log.info('request', { verb: name, status: 200, durationMs: ports.clock.nowMs() - startMs })
      return answer(200, result, requestId)
    } catch (error) {
      return problem(error, requestId, log)
    }
  }
}

async function authenticated(request: Request, { authenticate }: CommandPorts): Promise<Caller> {
  const result = await authenticate(request)
  if (result.is === 'caller') return result.caller
  if (result.is === 'foreign') throw new Refusal(403, { code: 'ForeignRequest', message: result.message })
  throw new Refusal(401, {
    code: 'SignInNeeded',
    message: result.message,
    suggestion: 'Send the token of this plane as "Authorization: Bearer TOKEN".',
  })
}

const Claimed = z.enum(['cli', 'plugin', 'console'])

/** What a client says of itself is worth noting, and nothing depends on it. */
const surfaceOf = (request: Request, { surface }: Caller): Surface =>
  surface ?? Claimed.safeParse(request.headers.get(SURFACE_HEADER)).data ?? 'api'

/** @throws Refusal 422 for a key that could be guessed, or is none */
function keyOf(request: Request): string | undefined {
  const key = request.headers.get(KEY_HEADER)
  if (key === null) return undefined
  const parsed = IdempotencyKey.safeParse(key)
  if (!parsed.success) throw invalid('Idempotency-Key', firstIssue(parsed.error)[1])
  return parsed.data
}

/** @throws Refusal 404 for a path that is none of ours, 405 for a method it does not have */
function match(request: Request): Match {
  const { pathname } = new URL(request.url)
  const path = pathname.slice(Math.max(0, pathname.indexOf('/v1/')))
  const matches = (Object.entries(routes) as [RouteName, Route][]).flatMap(([name, route]) => {
    const params = paramsOf(route.path, path)
    return params === undefined ? [] : [{ name, route, params }]
  })
  const fit = matches.find(({ route }) => route.method === request.method)
  if (fit !== undefined) return fit
  if (matches.length === 0) throw new Refusal(404, { code: 'NoSuchRoute', message: `There is nothing at ${path}.` })
  const methods = matches.map(({ route }) => route.method).join(', ')
  throw new Refusal(405, { code: 'WrongMethod', message: `${path} takes ${methods}, not ${request.method}.` })
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.split('/')
  const parts = path.split('/')
  if (names.length !== parts.length) return undefined
  const pairs = names.map((name, index) => [name, parts[index] ?? ''] as const)
  if (pairs.some(([name, part]) => (name.startsWith('{') ? part === '' : name !== part))) return undefined
  const params = pairs.filter(([name]) => name.startsWith('{'))
  return Object.fromEntries(params.map(([name, part]) => [name.slice(1, -1), decoded(part)]))
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function parseInput(route: Route, params: Match['params'], fields: Readonly<Record<string, unknown>>): unknown {
  const twice = Object.keys(params).find((name) => name in fields)
  if (twice !== undefined) throw invalid(twice, 'is given in the path; leave it out here')
  const result = route.input.safeParse({ ...fields, ...params })
  if (!result.success) throw invalid(...firstIssue(result.error))
  return result.data
}

const invalid = (field: string, message: string): Refusal =>
  new Refusal(422, { code: 'Invalid', message: `${field} ${message}`, field })
