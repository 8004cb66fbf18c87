import type { Output } from '../../../shared/api/contract.ts'
import { clean } from '../clean.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes member list` */
export async function listMembers(options: OptionsOf<'member list'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const { plane, json } = options
  const result = await api.listMembers({ plane })
  const lines = result.members.map(({ email, role }) => `${role.padEnd(6)}  ${clean(email)}`)
  printResult(terminal.out, json, result, lines)
  if (lines.length === 0) terminal.err.line(`Plane "${plane}" has no members.`)
  return EXIT.ok
}

/** `planes member add` */
export async function addMember({ fields, json }: OptionsOf<'member add'>, runtime: Runtime): Promise<ExitCode> {
  const { email, role, plane } = fields
  const result = await runtime.api.putMember(fields)
  return tell(result, `${email} is ${role === 'admin' ? 'an admin' : 'a viewer'} of plane "${plane}"`, json, runtime)
}

/** `planes member remove` */
export async function removeMember({ fields, json }: OptionsOf<'member remove'>, runtime: Runtime): Promise<ExitCode> {
  const result = await runtime.api.removeMember(fields)
  return tell(result, `${fields.email} has no role in plane "${fields.plane}"`, json, runtime)
}

function tell(result: Output<'putMember'>, state: string, json: boolean, { terminal }: Runtime): ExitCode {
  const lines =
    result.plan === undefined ? [`${state} ${result.upToDate ? 'already' : 'now'}.`] : planLines(result.plan)
  printResult(terminal.out, json, result, lines)
  return EXIT.ok
}
