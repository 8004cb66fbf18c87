import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerBatch, isBatch } from './batch.ts'
import type { Cloud, CloudRequest, CloudResponse } from './cloud.ts'
import { answerControl, CONTROL_PREFIX } from './control.ts'

/** Longer than clients keep a connection that they do not use. */
const IDLE_MS = 600_000

const MOST_BODY_BYTES = 10 * 1024 * 1024

/** A simulated cloud that listens. */
export type CloudServer = {
  readonly port: number
  /** `http://127.0.0.1:<port>`. */
  readonly address: string
  readonly close: () => Promise<void>
}

/** Serves a cloud on this computer only; port 0 is any free one. */
export function listen(cloud: Cloud, port: number): Promise<CloudServer> {
  const server = createServer((incoming, outgoing) => {
    serve(cloud, incoming, outgoing).catch((error: unknown) => {
      outgoing.statusCode = 500
      outgoing.end(JSON.stringify({ error: { code: 500, message: String(error), status: 'INTERNAL' } }))
    })
  })
  // A client that takes up a connection in the moment it is closed for idleness would see it break.
  server.keepAliveTimeout = IDLE_MS
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done())
          server.closeAllConnections()
        })
      resolve({ port: bound, address: `http://127.0.0.1:${bound}`, close })
    })
  })
}

async function serve(cloud: Cloud, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method: httpMethod = '', url = '/', headers } = incoming
  const body = await readBody(incoming)
  const request: CloudRequest = { httpMethod, url, body, authorization: headers.authorization }
  if (isBatch(request)) {
    const { status, contentType, text } = await answerBatch(request, headers['content-type'] ?? '', cloud.answer)
    outgoing.writeHead(status, { 'content-type': contentType }).end(text)
    return
  }
  reply(url.startsWith(CONTROL_PREFIX) ? answerControl(request, cloud) : await cloud.answer(request), outgoing)
}

function reply(response: CloudResponse, outgoing: ServerResponse): void {
  if (response === 'connection lost') {
    outgoing.destroy()
    return
  }
  const json = JSON.stringify(response.body)
  outgoing.writeHead(response.status, { 'content-type': 'application/json; charset=UTF-8' }).end(json)
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BODY_BYTES) throw new Error('The request is larger than 10 MB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
