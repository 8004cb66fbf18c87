import type { Log, LogFields } from '../ports/log.ts'

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
type Severity = 'INFO' | 'WARNING' | 'ERROR'

/** One line per entry, as Cloud Logging reads it. https://cloud.google.com/logging/docs/structured-logging */
export const cloudLog = (write: (line: string) => void): Log => {
  const entry = (severity: Severity, message: string, fields: LogFields & { readonly error?: unknown } = {}): void =>
    write(`${JSON.stringify({ severity, message, ...allowed(fields), ...described(fields.error) })}\n`)
  return {
    info: (event, fields) => entry('INFO', event, fields),
    warn: (event, fields) => entry('WARNING', event, fields),
    error: (event, fields) => entry('ERROR', event, fields),
  }
}

/** Picked by name, because a caller's object may carry more than its type says. */
const allowed = (fields: LogFields): LogFields => {
  const { plane, agent, uid, step, reason, count, durationMs, requestId, trace, verb, status } = fields
  const picked = { plane, agent, uid, step, reason, count, durationMs, requestId, verb, status, [TRACE]: trace }
  return JSON.parse(JSON.stringify(picked)) as LogFields
}

/** https://cloud.google.com/logging/docs/agent/logging/configuration#special-fields: the id alone is taken for this project's. */
const TRACE = 'logging.googleapis.com/trace'

/** An error's name and message; its stack, cause and properties may hold a request or a token. */
const described = (error: unknown): { readonly error?: { readonly name: string; readonly message: string } } =>
  error instanceof Error ? { error: { name: error.name, message: error.message.slice(0, 1000) } } : {}
