import type { GoogleAuth } from 'google-auth-library'
import type * as Gax from 'google-gax'
import type { Clock } from '../ports/clock.ts'
import { ANSWER_WITHIN_MS, answered } from './errors.ts'

/** How Google is reached: as whom, by which clock, and where, when it is not Google itself but something over plain HTTP. */
export type Google = {
  readonly auth: GoogleAuth
  readonly clock: Clock
  readonly endpoint?: { readonly host: string; readonly port: number }
}

/** What a Google Cloud client is constructed with: REST, because its errors carry Google's own reasons. */
export const gapicOptions = ({ auth, endpoint }: Google) => ({
  auth,
  fallback: true as const,
  ...(endpoint && { apiEndpoint: endpoint.host, port: endpoint.port, protocol: 'http' }),
})

type ClientClass<Client> = new (options: ReturnType<typeof gapicOptions>, gax: typeof Gax) => Client

/** One of Google's clients. What they are built on takes long to load, and is loaded by whoever needs one. */
export async function connected<Client>(Class: ClientClass<Client>, google: Google): Promise<Client> {
  const { gax } = await import('./gax.ts')
  return new Class(gapicOptions(google), gax)
}

/**
 * Options of every call of a Google Cloud client: the request is cut off in time and never sent again by itself, because
 * what comes late could act after its attempt. The engine retries.
 */
export const once = (withinMs = ANSWER_WITHIN_MS) => ({ timeout: withinMs, retry: null })

/** Where a service is, with a slash at the end. */
export const rootUrl = ({ endpoint }: Google, service: string): string =>
  endpoint ? `http://${endpoint.host}:${endpoint.port}/` : `https://${service}.googleapis.com/`

/** One request to a service that has no client here. */
export type GoogleRequest = {
  /** As in its host name: `iap`, `cloudtasks`. */
  readonly service: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** From the version on, without a slash in front. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What a service answers; `T` is what its reference says. @throws ProviderError */
export async function googleRequest<T>(
  google: Google,
  { service, path, query, method, body }: GoogleRequest,
): Promise<T> {
  const request = google.auth.request<T>({
    url: `${rootUrl(google, service)}${path}`,
    method,
    params: query,
    ...(body !== undefined && { data: body }),
    timeout: ANSWER_WITHIN_MS,
    retry: false,
  })
  const { data } = await answered(service, request)
  return data
}
