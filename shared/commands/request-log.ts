import type { Log, LogFields } from '../ports/log.ts'

/** A log whose every line says which request it is about, and which trace that belongs to. */
export function requestLog(request: Request, requestId: string, log: Log): Log {
  const trace = traceOf(request.headers)
  return logAbout({ requestId, ...(trace !== undefined && { trace }) }, log)
}

/** A log whose every line says what it is about. */
export const logAbout = (about: LogFields, log: Log): Log => ({
  info: (event, fields) => log.info(event, { ...about, ...fields }),
  warn: (event, fields) => log.warn(event, { ...about, ...fields }),
  error: (event, fields) => log.error(event, { ...about, ...fields }),
})

/**
 * The trace id that whoever called, or Google's front end, gave the request.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 * https://cloud.google.com/trace/docs/trace-context#legacy-http-header
 */
function traceOf(headers: Headers): string | undefined {
  const parent = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-/.exec(headers.get('traceparent') ?? '')?.[1]
  return parent ?? /^([\da-f]{32})(?:\/|$)/.exec(headers.get('x-cloud-trace-context') ?? '')?.[1]
}
