import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import type { HttpFunction } from '@google-cloud/functions-framework'
import { answer } from '../shared/commands/answers.ts'
import type { Log } from '../shared/ports/log.ts'
import { failed, send } from './http.ts'

type Outgoing = Parameters<HttpFunction>[1]
type App = Outgoing['app']

/** The part of a body parser's or router's error that tells which it was. Its message may quote the body, and so a secret. */
type Unread = { readonly status?: number; readonly type?: string }

const seen = new WeakSet<Server>()

/**
 * The framework reads a request before it calls a function, and Express tells in HTML what cannot be read. From the
 * first request on, every server of this process tells it as the API does.
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http
 */
export function answerUnreadInJson(log: Log): void {
  subscribe('http.server.request.start', (message) => {
    const { server } = message as { readonly server: Server }
    if (seen.has(server)) return
    seen.add(server)
    unreadInJson(server, log)
  })
}

/** The same for one server of the framework. https://expressjs.com/en/guide/error-handling.html */
export function unreadInJson(server: Server, log: Log): Server {
  for (const listener of server.listeners('request')) if (isApp(listener)) listener.use(teller(log))
  return server
}

const isApp = (listener: unknown): listener is App => typeof listener === 'function' && 'use' in listener

/** By its four parameters Express knows what is for errors. It ends itself what was begun to be answered. */
const teller =
  (log: Log) =>
  (error: Unread, _: unknown, outgoing: Outgoing, next: (error: unknown) => void): void => {
    if (outgoing.headersSent) return next(error)
    void send(unread(error) ?? failed(error, log), outgoing)
  }

/** The answer to what is the request's fault. */
function unread({ status = 500, type }: Unread): Response | undefined {
  const body = type === 'entity.parse.failed' ? NO_JSON : WHY[status]
  const requestId = randomUUID()
  return body && answer(status, { ...body, requestId }, requestId)
}

const NO_JSON = { code: 'BadRequest', message: 'The body must be a JSON object.' }

const WHY: Readonly<Record<number, typeof NO_JSON>> = {
  400: { code: 'BadRequest', message: 'The request could not be read: its address or its body is damaged.' },
  413: { code: 'TooLarge', message: 'The body is over what is read.' },
  415: {
    code: 'UnsupportedMedia',
    message: 'The body must be JSON in UTF-8; it may be compressed by gzip, deflate or br.',
  },
}
