/** What only a machine knows about itself. A configuration names these; the machine puts its own values in. */
export const PLACEHOLDERS = {
  port: '{{machine.port}}',
  tokenFile: '{{machine.tokenFile}}',
  resolver: '{{machine.resolver}}',
  secretsSource: '{{machine.secretsSource}}',
  secretsRevision: '{{machine.secretsRevision}}',
  workspace: '{{machine.workspace}}',
  logFile: '{{machine.logFile}}',
  demoModelUrl: '{{machine.demoModelUrl}}',
} as const

/** A machine's values, by placeholder name. */
export type MachineFacts = Readonly<Record<keyof typeof PLACEHOLDERS, string | number>>

/** Puts a machine's values where a configuration names them. Only a whole string is replaced, never part of one. */
export function fillPlaceholders(configuration: unknown, facts: MachineFacts): unknown {
  const values = new Map(
    Object.entries(PLACEHOLDERS).map(([name, text]): [unknown, string | number] => [
      text,
      facts[name as keyof MachineFacts],
    ]),
  )
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill)
    if (value === null || typeof value !== 'object') return values.get(value) ?? value
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fill(field)]))
  }
  return fill(configuration)
}
