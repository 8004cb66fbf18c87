import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a browser comes back to, and what it brings. */
export type Redirect = {
  readonly url: string
  readonly answer: Promise<URLSearchParams>
  close(): void
}

/**
 * Listens on a free port of this machine for the answer that carries `state`; others are of no wish of ours.
 * https://datatracker.ietf.org/doc/html/rfc8252#section-7.3
 */
export async function listenForRedirect(state: string): Promise<Redirect> {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>()
  const server = createServer(({ url = '/' }, response) => {
    // Of what anybody may ask for, not all is an address: `//` is none.
    const asked = URL.parse(url, 'http://127.0.0.1')
    const isOurs = asked?.pathname === '/' && asked.searchParams.get('state') === state
    response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    response.end(isOurs ? 'Go back to your terminal. This page can be closed.\n' : 'There is nothing here.\n')
    if (isOurs) response.once('close', () => resolve(asked.searchParams))
  })
  const url = await listening(server)
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url, answer: promise, close }
}

const listening = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
  })
