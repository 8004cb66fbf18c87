import { commandBody, signedHeaders } from '../../infra/local/slack/signed.ts'
import type { Sender } from '../../infra/local/slack/signed.ts'
import { SIGNING_SECRET } from './stage.ts'

/** Whoever asks. */
export const SENDER: Sender = { team: 'T0LOCAL', user: 'U0YOU', app: 'A0LOCAL', triggerId: '1.2.x', responseUrl: '' }
/** What they ask for: something that changes. */
export const COMMAND = commandBody('restart ada', SENDER)

/** A request, whatever is wrong with it. */
export type Sent = {
  readonly body: string
  readonly headers: Record<string, string>
  readonly method?: string
  readonly path?: string
}

/** One that is in order. */
export const good = (nowMs: number, body = COMMAND): Sent => ({
  body,
  headers: signedHeaders(body, SIGNING_SECRET, nowMs),
})

/** The same request with other headers; one that is undefined is left out. */
export const headed = (sent: Sent, headers: Record<string, string | undefined>): Sent => ({
  ...sent,
  headers: Object.fromEntries(
    Object.entries({ ...sent.headers, ...headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  ),
})

/** Sends a request to the function. */
export async function send(
  functionUrl: string,
  { body, headers, method = 'POST', path = '' }: Sent,
): Promise<Response> {
  return fetch(functionUrl + path, { method, headers, body: method === 'GET' ? null : body })
}
