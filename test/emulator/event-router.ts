import { createServer, type IncomingMessage } from 'node:http'
import { buffer, json } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { openInlet } from '../../infra/local/bridge/firestore.ts'
import type { Inlet } from '../../infra/local/bridge/firestore.ts'

const Route = z.object({ project: z.string(), host: z.string().optional() })

type Posted = { readonly url: string; readonly headers: [string, string][]; readonly body: Buffer<ArrayBuffer> }

/**
 * One emulator delivers to one address, one event at a time; this hands each project's events to the bridge that asked
 * for them. It answers at once and keeps the order of each project: a test file that stands still holds up no other.
 */
export async function startEventRouter(): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const routes = new Map<string, string>()
  const queues = new Map<string, Promise<void>>()
  const forward = (posted: Posted): void => {
    const project = /^\/functions\/projects\/([^/]+)\//.exec(posted.url)?.[1] ?? ''
    const host = routes.get(project)
    if (host === undefined) return
    const earlier = queues.get(project) ?? Promise.resolve()
    queues.set(
      project,
      earlier.then(() => post(host, posted)).catch((error: unknown) => told(posted, error)),
    )
  }
  const server = createServer((request, response) => {
    void receive(request, routes, queues, forward).finally(() => response.writeHead(204).end())
  })
  // Whoever calls closes the connection: an event that meets a closing one would be lost.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function receive(
  request: IncomingMessage,
  routes: Map<string, string>,
  queues: ReadonlyMap<string, Promise<void>>,
  forward: (posted: Posted) => void,
): Promise<void> {
  if (request.url === '/routes') {
    const { project, host } = Route.parse(await json(request))
    if (host !== undefined) return void routes.set(project, host)
    routes.delete(project)
    return queues.get(project)
  }
  const headers = Object.entries(request.headers).filter(([name]) => /^ce-|^content-type$/.test(name))
  const body = Buffer.from(await buffer(request))
  forward({ url: request.url ?? '', headers: headers.map(([name, value]) => [name, String(value)]), body })
}

async function post(host: string, { url, headers, body }: Posted): Promise<void> {
  await fetch(`http://${host}${url}`, { method: 'POST', headers, body })
}

function told({ url }: Posted, error: unknown): void {
  const cause = error instanceof Error ? error.cause : undefined
  process.stderr.write(`an event was lost on its way to ${url}: ${String(error)} (${String(cause)})\n`)
}

/** An inlet that a router hands a project's events to, until it is closed. */
export async function routedInlet(router: string, project: string): Promise<Inlet> {
  const inlet = await openInlet()
  const route = async (host?: string): Promise<void> => {
    await fetch(`http://${router}/routes`, { method: 'POST', body: JSON.stringify({ project, host }) })
  }
  await route(inlet.host)
  return {
    ...inlet,
    close: async () => {
      await route()
      await inlet.close()
    },
  }
}
