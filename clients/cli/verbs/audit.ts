import type { AuditView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import type { Screen } from '../terminal.ts'

/** `planes audit` */
export async function audit(options: OptionsOf<'audit'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const { plane, agent, before, limit, json } = options
  const asked = { ...(agent !== undefined && { agent }), ...(before !== undefined && { before }) }
  const { entries } = await api.readAudit({ plane, limit, ...asked })
  printResult(
    terminal.out,
    json,
    { entries },
    entries.map((entry) => line(entry, terminal.out)),
  )
  const last = entries.at(-1)
  if (last !== undefined && entries.length === limit) terminal.err.line(`There may be more: --before ${clean(last.id)}`)
  if (entries.length === 0) terminal.err.line('There is nothing.')
  return EXIT.ok
}

function line({ at, actor, surface, action, agent, member, before = {}, after = {} }: AuditView, out: Screen): string {
  const fields = Object.keys(after).map((name) => `${name}: ${text(before[name])} → ${text(after[name])}`)
  const words = [actor, `(${surface})`, action, agent, member].filter((word) => word !== undefined)
  return [out.paint('gray', clean(at)), clean(words.join(' ')), clean(fields.join(', '))].join('  ').trimEnd()
}

const text = (value: unknown): string => (value === undefined || value === null ? '-' : JSON.stringify(value))
