import { appendFileSync, renameSync, statSync } from 'node:fs'
import { redact } from '../../shared/process/redact.ts'

/** A machine's own log: lines `<ISO time> <severity> [<subsystem>] <text>`. */
export type MachineLog = {
  info(text: string): void
  warn(text: string): void
  /** One line of what the gateway printed. */
  gateway(line: string, severity: 'info' | 'warning'): void
}

const MAX_BYTES = 5 * 1024 * 1024
const GATEWAY_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) \[([^\]]{1,40})\] (.*)$/s

/** What a gateway printed, and which part of it did; a line in no form of its own is the console's. */
export function gatewayLine(line: string): { readonly subsystem: string; readonly text: string } {
  const [, subsystem = 'console', text = line] = GATEWAY_LINE.exec(line) ?? []
  return { subsystem, text }
}

/** Opens a log. The file before the present one is kept beside it as `.1`; what is `secret` is never written. */
export function openLog(path: string, clock: { nowMs(): number }, secrets: () => readonly string[]): MachineLog {
  const write = (severity: string, subsystem: string, text: string): void => {
    const at = new Date(clock.nowMs()).toISOString()
    append(path, `${at} ${severity} ${subsystem} ${redact(text, secrets())}\n`)
  }
  return {
    info: (text) => write('info', '[machine]', text),
    warn: (text) => write('warning', '[machine]', text),
    gateway: (line, severity) => {
      const { subsystem, text } = gatewayLine(line)
      write(severity, `[${subsystem}]`, text)
    },
  }
}

function append(path: string, line: string): void {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (size > MAX_BYTES) renameSync(path, `${path}.1`)
    appendFileSync(path, line, { mode: 0o600 })
  } catch {
    // A full disk takes the log, not the agent.
  }
}
