import { createRequire } from 'node:module'
import type { HttpFunction } from '@google-cloud/functions-framework'
import type { App, HTTPReceiver, Logger } from '@slack/bolt'
import type { Clock } from '../shared/ports/clock.ts'
import type { Log } from '../shared/ports/log.ts'
import { isFresh } from '../shared/slack/fresh.ts'
import type { Ack, Verified } from '../shared/slack/handle.ts'

/** What the function is made of; absent where an installation has no Slack. */
export type SlackFunction = {
  readonly signingSecret: string
  readonly handle: (request: Verified) => Promise<Ack>
  readonly clock: Clock
  readonly log: Log
}

/** Commands and dialogs have a few KB. */
const MAX_BYTES = 100_000
const FORM = 'application/x-www-form-urlencoded'

/**
 * HTTP: what people ask for in Slack. The library checks signatures on the bytes that came; before it, requests of the
 * future are refused too. Everything is done before the response, because nothing may be done after it.
 */
export const slack = (made: () => Promise<SlackFunction | undefined>, log: Log): HttpFunction => {
  let receiver: HTTPReceiver | undefined
  return async (incoming, outgoing) => {
    const parts = await made().catch((error: unknown) => log.error('slack.failed', { error }) ?? 'broken')
    if (typeof parts !== 'object') return void outgoing.status(parts === 'broken' ? 500 : 404).end()
    const wrong = refusalOf(incoming, parts.clock.nowMs())
    if (wrong !== undefined) {
      parts.log.warn('slack.refused', { reason: wrong.reason, count: 1 })
      return void outgoing.status(wrong.status).end()
    }
    // The library knows this type without parameters only.
    if (incoming.headers['content-type']?.startsWith(FORM)) incoming.headers['content-type'] = FORM
    receiver ??= receiverOf(parts)
    receiver.requestListener(incoming, outgoing)
  }
}

type Incoming = Parameters<HttpFunction>[0]

function refusalOf({ method, path, headers, rawBody }: Incoming, nowMs: number) {
  if (path !== '/') return { status: 404, reason: 'path' }
  if (method !== 'POST') return { status: 405, reason: 'method' }
  if ((rawBody?.byteLength ?? 0) > MAX_BYTES) return { status: 413, reason: 'size' }
  const timestamp = headers['x-slack-request-timestamp']
  return isFresh(timestamp?.toString(), nowMs) ? undefined : { status: 401, reason: 'timestamp' }
}

type Library = { readonly default: typeof HTTPReceiver }

function receiverOf({ signingSecret, handle, log }: SlackFunction): HTTPReceiver {
  // The receiver's own file: the package as a whole loads every other way to Slack.
  const library = createRequire(import.meta.url)('@slack/bolt/dist/receivers/HTTPReceiver.js') as Library
  const receiver = new library.default({
    signingSecret,
    endpoints: '/',
    processBeforeResponse: true,
    // The handler keeps the time, and has something to say when it is over.
    unhandledRequestTimeoutMillis: 30_000,
    logger: loggerOf(log),
    processEventErrorHandler: async ({ error, response }) => {
      const replayed = error.name === 'Replayed'
      if (replayed) log.warn('slack.refused', { reason: 'replayed', count: 1 })
      else log.error('slack.failed', { error })
      response.writeHead(replayed ? 401 : 500).end()
      return true
    },
  })
  // The receiver asks nothing else of an app.
  receiver.init({
    processEvent: async ({ body, retryNum, ack }) => ack(await handle({ body, retryNum })),
  } as Pick<App, 'processEvent'> as App)
  return receiver
}

const silent = (): void => undefined

/** The library's warnings are refusals. One of them quotes the body, which may hold what nobody is to read. */
function loggerOf(log: Log): Logger {
  const warn = (message: unknown): void =>
    log.warn('slack.refused', { reason: String(message).startsWith('Malformed') ? 'body' : 'signature', count: 1 })
  const level = 'warn' as ReturnType<Logger['getLevel']>
  return { debug: silent, info: silent, warn, error: silent, setLevel: silent, getLevel: () => level, setName: silent }
}
