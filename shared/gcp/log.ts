import { pino } from 'pino'
import { redact } from '../process/redact.ts'
import type { Log, LogFields } from '../ports/log.ts'

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const SEVERITY: Readonly<Record<string, string>> = { info: 'INFO', warn: 'WARNING', error: 'ERROR' }

/** One line per entry, as Cloud Logging reads it. https://cloud.google.com/logging/docs/structured-logging */
export function cloudLog(write: (line: string) => void): Log {
  const options = {
    // Cloud Logging knows when, and from where.
    base: null,
    timestamp: false,
    messageKey: 'message',
    formatters: { level: (label: string) => ({ severity: SEVERITY[label] }), log: allowed },
  }
  const logger = pino(options, { write })
  return {
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  }
}

type Given = LogFields & { readonly error?: unknown }

/** Picked by name, because a caller's object may carry more than its type says; and what looks like a secret is blanked. */
function allowed(given: Given): Record<string, unknown> {
  const { plane, agent, uid, step, reason, count, durationMs, requestId, trace, verb, status } = given
  const picked = { plane, agent, uid, step, reason, count, durationMs, requestId, verb, status, [TRACE]: trace }
  const fields = Object.entries(picked).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(value) : value,
  ])
  return { ...Object.fromEntries(fields), ...described(given.error) }
}

/** https://cloud.google.com/logging/docs/agent/logging/configuration#special-fields: the id alone is taken for this project's. */
const TRACE = 'logging.googleapis.com/trace'

/** An error's name and message; its stack, cause and properties may hold a request or a token. */
const described = (error: unknown): { readonly error?: { readonly name: string; readonly message: string } } =>
  error instanceof Error ? { error: { name: error.name, message: redact(error.message.slice(0, 1000)) } } : {}
