import { randomUUID } from 'node:crypto'
import type { HttpFunction } from '@google-cloud/functions-framework'
import { INTERNAL, answer } from '../shared/commands/answers.ts'
import type { Log } from '../shared/ports/log.ts'

/** An HTTP function as a plain function. */
export type WebHandler = (request: Request) => Promise<Response>

/** Serves a plain function behind the framework's Express. What it throws is logged and answered with 500. */
export const served =
  (handler: WebHandler, log: Log): HttpFunction =>
  async (incoming, outgoing) => {
    const response = await caught(() => handler(requestOf(incoming)), log)
    await send(response, outgoing)
  }

/** Gives an answer to Express. */
export async function send(response: Response, outgoing: Parameters<HttpFunction>[1]): Promise<void> {
  outgoing.status(response.status)
  response.headers.forEach((value, name) => outgoing.setHeader(name, value))
  outgoing.end(Buffer.from(await response.arrayBuffer()))
}

async function caught(handle: () => Promise<Response>, log: Log): Promise<Response> {
  try {
    return await handle()
  } catch (error) {
    return failed(error, log)
  }
}

/** The answer to what is a mistake of ours, which the log tells of under the same id. */
export function failed(error: unknown, log: Log): Response {
  const requestId = randomUUID()
  log.error('request.failed', { count: 1, requestId, error })
  return answer(500, { ...INTERNAL, requestId }, requestId)
}

function requestOf(incoming: Parameters<HttpFunction>[0]): Request {
  const { method, rawBody } = incoming
  const url = new URL(incoming.originalUrl, `${incoming.protocol}://${incoming.get('host') ?? 'localhost'}`)
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
  const body = method === 'GET' || method === 'HEAD' || rawBody === undefined ? null : new Uint8Array(rawBody)
  return new Request(url, { method, headers, body })
}
