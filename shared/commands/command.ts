import type { Input, Output, RouteName } from '../api/contract.ts'
import type { Caller, Role } from '../ports/people.ts'
import type { Surface } from '../ports/specs.ts'
import { getAgent } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { someOf } from './no-such.ts'
import type { CommandPorts } from './ports.ts'
import { Refusal } from './refusal.ts'
import { notAllowed, ownIn, roleIn, strangerIn } from './standing.ts'

/** What a command runs with. */
export type Context = {
  readonly caller: Caller
  readonly surface: Surface
  readonly ports: CommandPorts
  readonly requestId: string
  /** The same with every try of one wish, so that what it asks for is done once. */
  readonly key?: string | undefined
}

/** One verb: checks that the caller may, then does it. */
export type Command<K extends RouteName> = (input: Input<K>, context: Context) => Promise<Output<K>>

type Need = 'admin' | 'viewer' | 'owner'

/** Verbs that are about one agent, and those about one plane. */
type AgentRoute = { [K in RouteName]: Input<K> extends { plane: string; name: string } ? K : never }[RouteName]
type PlaneRoute = { [K in RouteName]: Input<K> extends { plane: string } ? K : never }[RouteName]

/** A verb about one plane. One of `roles` in it is required, and asked before anything else is told. */
export const planeCommand =
  <K extends PlaneRoute>(roles: readonly ('admin' | 'viewer')[], run: Command<K>): Command<K> =>
  async (input, context) => {
    await authorise(roles, context, input.plane)
    return run(input, context)
  }

/** A verb about one agent, which is found first: whose it is decides who may. One of `roles` is required. */
export const agentCommand =
  <K extends AgentRoute>(
    roles: readonly Need[],
    run: (input: Input<K>, context: Context & { readonly agent: FoundAgent }) => Promise<Output<K>>,
  ): Command<K> =>
  async (input, context) => {
    const { plane, name, uid } = input as { plane: string; name: string; uid?: string }
    const { role, found } = await asRole(context, plane, getAgent(context, plane, name, uid))
    const agent = role === 'none' ? await orOwn(found, context, plane, name) : found()
    if (agent === undefined) throw await strangerIn(plane, roles, context)
    refuse(roles, role, context, agent.owner)
    return run(input, { ...context, agent })
  }

/** @throws Refusal 403 unless the caller has one of `roles` in the plane */
async function authorise(roles: readonly ('admin' | 'viewer')[], context: Context, plane: string): Promise<void> {
  const role = await roleIn(context, plane)
  if (role === 'none') throw await strangerIn(plane, roles, context)
  refuse(roles, role, context)
}

/**
 * An agent of the caller's own. Who owns none in this plane learns nothing of what is in it: undefined.
 * @throws Refusal 404 naming those that are the caller's
 */
async function orOwn(
  found: () => FoundAgent,
  context: Context,
  plane: string,
  name: string,
): Promise<FoundAgent | undefined> {
  const agent = await Promise.try(found).catch(unlessRefused)
  if (agent?.owner !== undefined && context.caller.owns(agent.owner)) return agent
  const own = await ownIn(context, plane)
  if (own.length === 0) return undefined
  const names = new Set(own.flatMap(({ name, status }) => (status?.phase === 'Purged' ? [] : [name])))
  throw new Refusal(404, {
    code: 'NoSuchAgent',
    message: `You have no agent "${name}" in plane "${plane}".`,
    field: 'name',
    suggestion: names.size > 0 ? `Yours: ${someOf([...names])}.` : 'None of yours is left.',
  })
}

/** What the caller is in a plane, and what was read meanwhile: `found` gives it, or throws what went wrong with it. */
export async function asRole<T>(
  context: Context,
  plane: string,
  reading: Promise<T>,
): Promise<{ readonly role: Role; readonly found: () => T }> {
  const [asked, read] = await Promise.allSettled([roleIn(context, plane), reading])
  return { role: resultOf(asked), found: () => resultOf(read) }
}

function resultOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

/** Nothing, where somebody was refused: what else goes wrong is thrown on. */
export function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
}

function refuse(roles: readonly Need[], role: Role, context: Context, owner?: string): void {
  const held = new Set<string>(owner !== undefined && context.caller.owns(owner) ? [role, 'owner'] : [role])
  if (!roles.some((wanted) => held.has(wanted))) throw notAllowed(roles, context)
}
