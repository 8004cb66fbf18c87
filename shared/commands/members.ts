import type { Input, Output } from '../api/contract.ts'
import type { Member } from '../ports/specs.ts'
import { planeCommand } from './command.ts'
import type { Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import { getPlane } from './find-agent.ts'
import { Refusal } from './refusal.ts'

/** Who has which role in a plane. */
export const listMembers = planeCommand<'listMembers'>(['admin', 'viewer'], async ({ plane }, context) => {
  await getPlane(context, plane)
  return { members: await membersOf(plane, context) }
})

/** Gives a person a role, or another one. Asked twice, it is up to date. */
export const putMember = planeCommand<'putMember'>(['admin'], (input, context) =>
  change('member-add', input, input.role, context),
)

/** Takes the role of a person away. Asked twice, it is up to date. */
export const removeMember = planeCommand<'removeMember'>(['admin'], (input, context) =>
  change('member-remove', input, undefined, context),
)

type Change = Input<'removeMember'>

async function change(action: string, input: Change, role: Member['role'] | undefined, context: Context) {
  const { plane, email, dryRun } = input
  const { specs } = context.ports
  await getPlane(context, plane)
  const there = await specs.getMember(plane, email)
  const deed = { action, member: email, input }
  const isDone = !dryRun && (await findDone(plane, deed, context)) !== undefined
  const upToDate = !isDone && there?.role === role
  const difference = { before: { role: there?.role ?? null }, after: { role: role ?? null } }
  if (!upToDate && !isDone) {
    if (there?.role === 'admin') await refuseLast(plane, email, context)
    const entry = await entryOf({ ...deed, ...difference }, context)
    if (!dryRun)
      await (role ? specs.putMember(plane, { email, role }, there, entry) : specs.removeMember(plane, email, entry))
  }
  const plan = { ...(upToDate ? { before: {}, after: {} } : difference), steps: [] }
  return { members: await membersOf(plane, context), upToDate, ...(dryRun && { plan }) }
}

async function membersOf(plane: string, { ports }: Context): Promise<Output<'listMembers'>['members']> {
  const members = await ports.specs.listMembers(plane)
  return members.toSorted((a, b) => a.email.localeCompare(b.email))
}

/** Nobody could name another admin any more. Who is an admin by other means than membership can. @throws Refusal 409 */
async function refuseLast(plane: string, email: string, { caller, ports }: Context): Promise<void> {
  if (caller.role === 'admin') return
  const members = await ports.specs.listMembers(plane)
  if (members.some((member) => member.role === 'admin' && member.email !== email)) return
  throw new Refusal(409, {
    code: 'LastAdmin',
    message: `${email} is the only admin of plane "${plane}".`,
    field: 'email',
    suggestion: `Make somebody else one first: planes member add --plane ${plane} --email EMAIL --role admin`,
  })
}
