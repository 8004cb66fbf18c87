import { createServer, type IncomingMessage } from 'node:http'
import { buffer, json } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const Route = z.object({ project: z.string(), host: z.string() })

/** One emulator delivers to one address; this hands each project's events to the bridge that asked for them. */
export async function startEventRouter(): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const routes = new Map<string, string>()
  const server = createServer((request, response) => {
    void handle(request, routes)
      // A bridge that is gone has no test left that waits for the event.
      .catch(() => undefined)
      .finally(() => response.writeHead(204).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function handle(request: IncomingMessage, routes: Map<string, string>): Promise<void> {
  if (request.url === '/routes') {
    const { project, host } = Route.parse(await json(request))
    routes.set(project, host)
    return
  }
  const project = /^\/functions\/projects\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? ''
  const host = routes.get(project)
  if (host === undefined) return
  const headers = Object.entries(request.headers).filter(([name]) => /^ce-|^content-type$/.test(name))
  const body = await buffer(request)
  await fetch(`http://${host}${request.url}`, {
    method: 'POST',
    headers: headers.map(([k, v]) => [k, String(v)]),
    body,
  })
}

/** Asks a router to hand a project's events to `host`. */
export async function routeEvents(router: string, project: string, host: string): Promise<void> {
  await fetch(`http://${router}/routes`, { method: 'POST', body: JSON.stringify({ project, host }) })
}
