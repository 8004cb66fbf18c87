import { ApiError, ErrorBody, Unreachable } from './errors.ts'
import { routes } from './contract.ts'
import { KEY_HEADER, SURFACE_HEADER } from './headers.ts'
import type { Call, Output, Route, RouteName } from './contract.ts'

/** The API as functions. Each rejects with ApiError when refused and with Unreachable when nobody answers. */
export type ApiClient = { readonly [K in RouteName]: (input: Call<K>) => Promise<Output<K>> }

/** How a client reaches the API. */
export type ApiAddress = {
  /** What `/v1/…` is appended to. */
  readonly url: string
  /** What signs in, or a function that gives it for each request: a client may outlive a token. */
  readonly token: string | (() => Promise<string>)
  readonly fetch: (request: Request) => Promise<Response>
  readonly timeoutMs?: number
  /** Sent with every change: the same key asks for the same once, however often it is sent. */
  readonly key?: string
  /** What the client is, for the audit trail. */
  readonly surface?: 'cli' | 'plugin' | 'console'
}

/** A client for every route of the contract. */
export function apiClient(address: ApiAddress): ApiClient {
  const calls = Object.entries<Route>(routes).map(([name, route]) => [
    name,
    (input: Fields) => call(address, route, input),
  ])
  return Object.fromEntries(calls) as ApiClient
}

type Fields = Readonly<Record<string, unknown>>

async function call(address: ApiAddress, route: Route, input: Fields): Promise<unknown> {
  const { status, ok, text } = await sendTwice(address, route, () => toRequest(address, route, input))
  const body = parseJson(text)
  if (ok) return answered(address.url, route, body)
  const problem = ErrorBody.safeParse(body)
  if (!problem.success) throw notOurs(address.url, `it answered ${status}`)
  throw new ApiError(status, problem.data)
}

/** What reads, or carries a key, may be sent again when its answer was lost on the way. */
async function sendTwice(address: ApiAddress, route: Route, request: () => Promise<Request>) {
  try {
    return await send(address, await request())
  } catch (error) {
    if (address.key === undefined && route.method !== 'GET') throw error
    return send(address, await request())
  }
}

async function send({ url, fetch }: ApiAddress, request: Request) {
  try {
    const response = await fetch(request)
    return { status: response.status, ok: response.ok, text: await response.text() }
  } catch (cause) {
    const why = cause instanceof Error && cause.name === 'TimeoutError' ? 'it did not answer in time' : 'nobody answers'
    throw new Unreachable(url, `Could not reach the API at ${url}: ${why}.`, { cause })
  }
}

async function toRequest(address: ApiAddress, route: Route, input: Fields): Promise<Request> {
  const { url, token, key, surface, timeoutMs = 30_000 } = address
  const inPath = new Set([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])))
  const target = new URL(url.replace(/\/$/, '') + path)
  const rest = Object.entries(input).filter(([name, value]) => !inPath.has(name) && value !== undefined)
  const current = typeof token === 'string' ? token : await token()
  const headers: Record<string, string> = { authorization: `Bearer ${current}`, accept: 'application/json' }
  if (key !== undefined && route.method !== 'GET') headers[KEY_HEADER] = key
  if (surface !== undefined) headers[SURFACE_HEADER] = surface
  const init = { method: route.method, headers, signal: AbortSignal.timeout(timeoutMs) }
  if (route.method === 'GET' || route.method === 'DELETE') {
    for (const [name, value] of rest) target.searchParams.set(name, String(value))
    return new Request(target, init)
  }
  headers['content-type'] = 'application/json'
  return new Request(target, { ...init, body: JSON.stringify(Object.fromEntries(rest)) })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answered(url: string, route: Route, body: unknown): unknown {
  const parsed = route.output.safeParse(body)
  if (!parsed.success) throw notOurs(url, `its answer to ${route.method} ${route.path} has another shape`, parsed.error)
  return parsed.data
}

const notOurs = (url: string, what: string, cause?: unknown): Unreachable =>
  new Unreachable(url, `${url} does not answer like this API: ${what}.`, { cause })
