import type { AgentStatus } from '../documents/status.ts'
import type { Caller, Role } from '../ports/people.ts'
import type { AgentDocument, PlaneDocument } from '../ports/specs.ts'
import { noSuchPlane } from './no-such.ts'
import type { CommandPorts } from './ports.ts'
import { Refusal } from './refusal.ts'

/** Who asks, and where it is written what they are. */
export type Asking = { readonly caller: Caller; readonly ports: Pick<CommandPorts, 'specs'> }

/** What the caller is in a plane. A member document may be there before its plane: the first admin's is. */
export const roleIn = async ({ caller, ports }: Asking, plane: string): Promise<Role> =>
  caller.role ?? (await ports.specs.getMember(plane, caller.actor))?.role ?? 'none'

/** The agents of a plane that are the caller's own by their specs. */
export async function ownAgents({ caller, ports }: Asking, plane: string): Promise<readonly AgentDocument[]> {
  const found = await ports.specs.listAgents(plane, whose(caller))
  return found.filter(({ parsed }) => parsed.ok && caller.owns(parsed.spec.owner))
}

/** What a plane has of an agent of the caller's own: its spec, its status or both. */
export type Own = {
  readonly uid: string
  readonly name: string
  readonly spec?: AgentDocument | undefined
  readonly status?: AgentStatus | undefined
}

/** The caller's own by spec or by status: those outlive specs, purged ones too, and remember whose an unreadable one is. */
export async function ownIn(asking: Asking, plane: string): Promise<readonly Own[]> {
  const [specs, statuses] = await Promise.all([ownAgents(asking, plane), ownStatuses(asking, plane)])
  const byUid = new Map(statuses.map((status) => [status.uid, status]))
  const known = new Set(specs.map(({ uid }) => uid))
  return [
    ...specs.map((spec) => ({ uid: spec.uid, name: spec.ref.name, spec, status: byUid.get(spec.uid) })),
    ...statuses.filter(({ uid }) => !known.has(uid)).map((status) => ({ uid: status.uid, name: status.name, status })),
  ]
}

async function ownStatuses({ caller, ports }: Asking, plane: string): Promise<readonly AgentStatus[]> {
  const listed = await ports.specs.listAgentStatuses(plane, { includePurged: true, ...whose(caller) })
  return listed.map(({ status }) => status).filter(({ owner }) => owner !== undefined && caller.owns(owner))
}

/** Who was given a role from outside, as on a local plane, may stand for other owners, too. */
const whose = ({ role, actor }: Caller): { readonly owner: string } | undefined =>
  role === undefined ? { owner: actor } : undefined

/** A plane that the caller may look at, and whether all of it or their own agents only. */
export type OpenPlane = { readonly document: PlaneDocument; readonly isWhole: boolean }

/** The planes in which the caller has a role, or has or had an agent. */
export async function openPlanes(asking: Asking): Promise<readonly OpenPlane[]> {
  const all = await asking.ports.specs.listPlanes()
  const open = await Promise.all(
    all.map(async (document): Promise<OpenPlane | undefined> => {
      const { plane } = document.ref
      if ((await roleIn(asking, plane)) !== 'none') return { document, isWhole: true }
      return (await ownIn(asking, plane)).length > 0 ? { document, isWhole: false } : undefined
    }),
  )
  return open.filter((plane) => plane !== undefined)
}

/** Their names. */
export const openNames = async (asking: Asking): Promise<readonly string[]> =>
  (await openPlanes(asking)).map(({ document }) => document.ref.plane)

const NAMES = { admin: 'an admin', viewer: 'a viewer', owner: `the agent's owner` } as const

/** What is told to whom may not: which role would be needed. */
export const notAllowed = (roles: readonly (keyof typeof NAMES)[], { caller: { actor } }: Asking): Refusal =>
  new Refusal(403, {
    code: 'NotAllowed',
    message: `${actor} may not do this; ${roles.map((wanted) => NAMES[wanted]).join(' or ')} may.`,
    suggestion: 'Ask one of them, or an admin for the role.',
  })

/**
 * What is told to whom is nobody in a plane. To somebody of another plane it is as if this one did not exist, whether or
 * not it does: a mistyped name gets its answer, and nobody learns which planes there are.
 */
export async function strangerIn(
  plane: string,
  roles: Parameters<typeof notAllowed>[0],
  asking: Asking,
): Promise<Refusal> {
  const open = await openNames(asking)
  if (open.length === 0 || open.includes(plane)) return notAllowed(roles, asking)
  return noSuchPlane(plane, open)
}
