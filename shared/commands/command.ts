import type { Input, Output, RouteName } from '../api/contract.ts'
import type { Caller } from '../ports/people.ts'
import { getAgent } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import type { CommandPorts } from './ports.ts'
import { Refusal } from './refusal.ts'

/** What a command runs with. */
export type Context = { readonly caller: Caller; readonly ports: CommandPorts }

/** One verb: checks that the caller may, then does it. */
export type Command<K extends RouteName> = (input: Input<K>, context: Context) => Promise<Output<K>>

type Role = 'admin' | 'viewer' | 'owner'

/** Verbs that are about one agent. */
type AgentRoute = { [K in RouteName]: Input<K> extends { plane: string; name: string } ? K : never }[RouteName]

/** A verb about planes. One of `roles` is required. */
export const planeCommand =
  <K extends RouteName>(roles: readonly ('admin' | 'viewer')[], run: Command<K>): Command<K> =>
  (input, context) => {
    authorise(roles, context.caller)
    return run(input, context)
  }

/** A verb about one agent, which is found first: whose it is decides who may. One of `roles` is required. */
export const agentCommand =
  <K extends AgentRoute>(
    roles: readonly Role[],
    run: (input: Input<K>, context: Context & { readonly agent: FoundAgent }) => Promise<Output<K>>,
  ): Command<K> =>
  async (input, context) => {
    const { plane, name, uid } = input as { plane: string; name: string; uid?: string }
    const agent = await getAgent(context, plane, name, uid)
    authorise(roles, context.caller, agent.owner)
    return run(input, { ...context, agent })
  }

const NAMES = { admin: 'an admin', viewer: 'a viewer', owner: `the agent's owner` } as const

function authorise(roles: readonly Role[], { actor, role, owns }: Caller, owner?: string): void {
  const held = new Set<string>(owner !== undefined && owns(owner) ? [role, 'owner'] : [role])
  if (roles.some((wanted) => held.has(wanted))) return
  throw new Refusal(403, {
    code: 'NotAllowed',
    message: `${actor} may not do this; ${roles.map((wanted) => NAMES[wanted]).join(' or ')} may.`,
    suggestion: 'Ask one of them, or an admin for the role.',
  })
}
