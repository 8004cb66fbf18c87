import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { Broker } from './broker.ts'

const MAX_REQUEST_BYTES = 64 * 1024
const MAX_CONNECTIONS = 16

/** Serves one request per connection: the caller ends its side, gets the answer, and the connection ends. */
export function serveSocket(answer: Broker, { idleMs = 10_000 }: { readonly idleMs?: number } = {}): Server {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    void serve(socket, answer).catch(() => socket.destroy())
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}

async function serve(socket: Socket, answer: Broker): Promise<void> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_REQUEST_BYTES) throw new Error('the request is too long')
    chunks.push(chunk)
  }
  socket.end(await answer(Buffer.concat(chunks).toString('utf8')))
}
