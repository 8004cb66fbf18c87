import type { LogLine, Logs } from '../ports/logs.ts'
import type { ProcessContext } from './context.ts'
import { readText } from './files.ts'
import { agentLayout } from './layout.ts'
import { redact } from './redact.ts'
import { speaksOfLife } from './subsystems.ts'

const LINE = /^(\S+) (info|warning|error) \[([^\]]+)\] (.*)$/

/** Reads the logs that machines keep in their own folders. */
export function processLogs({ stateDir }: Pick<ProcessContext, 'stateDir'>): Logs {
  return {
    read: async (place, { sinceMs, limit, newest = false }) => {
      const { machineLog } = agentLayout(stateDir, place)
      const texts = await Promise.all([readText(`${machineLog}.1`), readText(machineLog)])
      const lines = texts.flatMap((text) => (text ?? '').split('\n')).flatMap(lineOf)
      const since = lines.filter(({ atMs }) => atMs > sinceMs)
      return newest ? since.slice(-limit) : since.slice(0, limit)
    },
  }
}

function lineOf(line: string): readonly LogLine[] {
  const [, at = '', severity, subsystem = '', text = ''] = LINE.exec(line) ?? []
  if (!speaksOfLife(subsystem)) return []
  return [{ atMs: Date.parse(at), severity: severity as LogLine['severity'], text: `[${subsystem}] ${redact(text)}` }]
}
