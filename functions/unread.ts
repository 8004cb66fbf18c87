import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import type { HttpFunction } from '@google-cloud/functions-framework'
import { answer } from '../shared/commands/answers.ts'
import { send } from './http.ts'

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
export function answerUnreadInJson(): void {
  subscribe('http.server.request.start', (message) => {
    const { server } = message as { readonly server: Server }
    if (seen.has(server)) return
    seen.add(server)
    unreadInJson(server)
  })
}

/** The same for one server of the framework. https://expressjs.com/en/guide/error-handling.html */
export function unreadInJson(server: Server): Server {
  for (const listener of server.listeners('request')) if (isApp(listener)) listener.use(tell)
  return server
}

const isApp = (listener: unknown): listener is App => typeof listener === 'function' && 'use' in listener

/** What is no fault of the request's, Express logs and answers. */
function tell(error: Unread, _: unknown, outgoing: Outgoing, next: (error: unknown) => void): void {
  const { status = 500, type } = error
  const body = type === 'entity.parse.failed' ? NO_JSON : WHY[status]
  if (body === undefined || outgoing.headersSent) return next(error)
  const requestId = randomUUID()
  void send(answer(status, { ...body, requestId }, requestId), outgoing)
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
