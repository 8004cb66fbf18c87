import type { LogLine, Logs } from '../ports/logs.ts'
import type { ProcessContext } from './context.ts'
import { readText } from './files.ts'
import { agentLayout } from './layout.ts'
import { redact } from './redact.ts'

/** Parts of a machine that speak of its life, not of what was said on it. */
const SUBSYSTEMS = new Set([
  'machine',
  'gateway',
  'channels',
  'cron',
  'health-monitor',
  'heartbeat',
  'plugins',
  'reload',
  'secrets',
  'signal',
  'slack',
  'telegram',
  'whatsapp',
])

const LINE = /^(\S+) (info|warning|error) \[([^\]]+)\] (.*)$/

/** Reads the logs that machines keep in their own folders. */
export function processLogs({ stateDir }: Pick<ProcessContext, 'stateDir'>): Logs {
  return {
    read: async (place, { sinceMs, limit }) => {
      const { machineLog } = agentLayout(stateDir, place)
      const texts = await Promise.all([readText(`${machineLog}.1`), readText(machineLog)])
      const lines = texts.flatMap((text) => (text ?? '').split('\n')).flatMap(lineOf)
      return lines.filter(({ atMs }) => atMs > sinceMs).slice(0, limit)
    },
  }
}

function lineOf(line: string): readonly LogLine[] {
  const [, at = '', severity, subsystem = '', text = ''] = LINE.exec(line) ?? []
  if (!SUBSYSTEMS.has(subsystem.split('/')[0] ?? '')) return []
  return [{ atMs: Date.parse(at), severity: severity as LogLine['severity'], text: `[${subsystem}] ${redact(text)}` }]
}
