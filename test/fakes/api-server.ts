import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { TOKEN } from './commands.ts'

/** An API on a free port of this machine, and the state folder by which `planes` finds it. */
export type ApiServer = { readonly url: string; readonly state: string; stop(): Promise<void> }

type Handle = (request: Request) => Promise<Response>

/** Serves `handle` over HTTP. */
export async function apiServer(handle: Handle): Promise<ApiServer> {
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing, handle)
  })
  const url = await listening(server)
  const state = await mkdtemp(join(tmpdir(), 'planes-state-'))
  await writeFile(join(state, 'token'), TOKEN, { mode: 0o600 })
  await writeFile(join(state, 'local.json'), JSON.stringify({ apiUrl: url, tokenFile: 'token' }), { mode: 0o600 })
  return {
    url,
    state,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(state, { recursive: true })
    },
  }
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, handle: Handle): Promise<void> {
  const response = await handle(await requestOf(incoming))
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(await response.text())
}

async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const body = await buffer(incoming)
  const headers = new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
  const init = { method: incoming.method ?? 'GET', headers, body: body.length === 0 ? null : new Uint8Array(body) }
  return new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host}`), init)
}

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api`))
  })
