import { styleText } from 'node:util'
import type { Log, LogFields } from '../../shared/ports/log.ts'

/** A log for the terminal of whoever runs the plane: errors are shown, the rest goes to the log file only. */
export function terminalLog(say: (line: string) => void, file: Log): Log {
  return {
    info: (event, fields) => file.info(event, fields),
    warn: (event, fields) => file.warn(event, fields),
    error: (event, fields) => {
      file.error(event, fields)
      say(styleText('red', `✗ ${sentence(event, fields)}`))
    },
  }
}

function sentence(event: string, fields: LogFields & { readonly error?: unknown } = {}): string {
  const { step, reason, count, error } = fields
  const why = reason ?? (error instanceof Error ? error.message : undefined)
  const times = count === undefined ? undefined : `after ${count} attempts`
  return [event, step, why, times].filter((part) => part !== undefined).join(' · ')
}
