import type { Output } from '../../../shared/api/contract.ts'
import { clean } from '../clean.ts'
import { confirmName } from '../confirm.ts'
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
export async function removeMember(options: OptionsOf<'member remove'>, runtime: Runtime): Promise<ExitCode> {
  const { fields, yes, json } = options
  if (!yes && !fields.dryRun) await confirm(fields, runtime)
  const result = await runtime.api.removeMember(fields)
  return tell(result, `${fields.email} has no role in plane "${fields.plane}"`, json, runtime)
}

type OneMember = OptionsOf<'member remove'>['fields']

/** Whoever may not remove them is not asked. */
async function confirm({ plane, email }: OneMember, { api, terminal }: Runtime): Promise<void> {
  const { plan } = await api.removeMember({ plane, email, dryRun: true })
  const role = plan?.before['role']
  const held = typeof role === 'string' ? `, who is ${role === 'admin' ? 'an admin' : 'a viewer'} there` : ''
  const text = `This takes their role in plane "${plane}" from ${clean(email)}${held}.`
  await confirmName({ what: `${email} from plane "${plane}"`, name: email, called: 'the address', text }, terminal)
}

function tell(result: Output<'putMember'>, state: string, json: boolean, { terminal }: Runtime): ExitCode {
  const lines =
    result.plan === undefined ? [`${state} ${result.upToDate ? 'already' : 'now'}.`] : planLines(result.plan)
  printResult(terminal.out, json, result, lines)
  return EXIT.ok
}
