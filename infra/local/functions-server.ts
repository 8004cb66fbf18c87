import { randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import type { Trigger } from '../../functions/triggers.ts'
import { unreadInJson } from '../../functions/unread.ts'
import type { Log } from '../../shared/ports/log.ts'
import type { HttpEvent } from './bridge/cloud-event.ts'
import { StartError } from './start-error.ts'

/** The header that proves an event comes from our bridge: without it, any local web page could forge one. */
export const BRIDGE_TOKEN_HEADER = 'x-bridge-token'

/** Every function behind one address. */
export type FunctionsServer = {
  /** `http://127.0.0.1:port`; an http function answers below its trigger's path. */
  readonly url: string
  /** Sends an event to a function. Resolves with the HTTP status; rejects when nobody answers. */
  invoke(functionName: string, event: HttpEvent, signal: AbortSignal): Promise<number>
  stop(): Promise<void>
}

/** What the server needs. */
export type FunctionsServerOptions = {
  readonly triggers: readonly Trigger[]
  /** Any that is free for 0. */
  readonly port: number
  /** Random, and new for every process. */
  readonly bridgeToken: string
  readonly log: Log
}

type Refusal = { readonly status: 403 | 404; readonly message: string }

/**
 * Serves functions that are registered with the functions-framework, each with the framework's own server, on
 * 127.0.0.1. Events and schedules are reached at `/{function}` with the bridge's token only.
 */
export async function startFunctionsServer(options: FunctionsServerOptions): Promise<FunctionsServer> {
  const { bridgeToken, log } = options
  const functions = new Map(options.triggers.map(({ name }) => [name, unreadInJson(getTestServer(name), log)]))
  const server = createServer((request, response) => {
    const target = route(request, { ...options, port: portOf(server) })
    if ('status' in target) return refuse(response, target)
    request.url = target.url
    functions.get(target.name)?.emit('request', request, response)
  })
  // A cold sweep or a long poll may take longer than Node's five minutes.
  server.requestTimeout = 0
  await listen(server, options.port)
  const url = `http://127.0.0.1:${portOf(server)}`
  return {
    url,
    invoke: async (name, { headers, body }, signal) => {
      const response = await fetch(`${url}/${name}`, {
        method: 'POST',
        headers: { ...headers, [BRIDGE_TOKEN_HEADER]: bridgeToken },
        body,
        signal,
      })
      await response.arrayBuffer()
      return response.status
    },
    stop: () => stop(server),
  }
}

function route(
  request: IncomingMessage,
  { triggers, port, bridgeToken }: FunctionsServerOptions,
): Refusal | { readonly name: string; readonly url: string } {
  const foreign = refusalOf(request, port)
  if (foreign) return foreign
  const url = request.url ?? '/'
  for (const trigger of triggers) {
    const path = trigger.kind === 'http' ? trigger.path : `/${trigger.name}`
    const rest = below(path, url)
    if (rest === undefined) continue
    if (trigger.kind === 'http' || hasToken(request, bridgeToken)) return { name: trigger.name, url: rest }
    return { status: 403, message: 'Events are delivered by the bridge of this plane only.' }
  }
  return { status: 404, message: `No function answers at ${url.slice(0, 200)}.` }
}

/** A web page elsewhere can send requests here, also under a name of its own (DNS rebinding): Host and Origin tell. */
function refusalOf({ headers }: IncomingMessage, port: number): Refusal | undefined {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  if (!hosts.includes(headers.host ?? '')) {
    return { status: 403, message: `The Host header must be ${hosts[0]} or ${hosts[1]}.` }
  }
  const { origin } = headers
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) {
    return { status: 403, message: 'Requests from other web pages are refused.' }
  }
  return undefined
}

/** What of `url` lies below `path`, as a deployed function sees it. */
function below(path: string, url: string): string | undefined {
  if (!url.startsWith(path)) return undefined
  const rest = url.slice(path.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : undefined
}

function hasToken({ headers }: IncomingMessage, expected: string): boolean {
  const given = Buffer.from(String(headers[BRIDGE_TOKEN_HEADER] ?? ''))
  const wanted = Buffer.from(expected)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  const code = status === 403 ? 'Forbidden' : 'NotFound'
  const body = JSON.stringify({ code, message, requestId: randomUUID() })
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

const notListening = (port: number, { message }: Error): string =>
  `The functions cannot listen on port ${port} (${message}). Start again, or pass --port.`

/** Where a server listens that does. */
function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server
      .once('error', (error) => reject(new StartError(notListening(port, error))))
      .listen(port, '127.0.0.1', resolve)
  })

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
