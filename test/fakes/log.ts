import type { Log, LogFields } from '../../shared/ports/log.ts'

/** A log that keeps `level event reason` of every line. */
export function recordingLog(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = []
  const keep = (level: string) => (event: string, fields?: LogFields) => {
    lines.push([level, event, fields?.reason].filter((part) => part !== undefined).join(' '))
  }
  return { log: { info: keep('info'), warn: keep('warn'), error: keep('error') }, lines }
}
