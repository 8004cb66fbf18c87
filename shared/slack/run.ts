import { routes } from '../api/contract.ts'
import type { Call, Output, Route, RouteName } from '../api/contract.ts'
import { firstIssue } from '../documents/parsed.ts'
import { commands } from '../commands/commands.ts'
import type { Command, Context } from '../commands/command.ts'
import { Refusal } from '../commands/refusal.ts'
import { ownAgents } from '../commands/standing.ts'
import type { Caller } from '../ports/people.ts'
import type { SlackPerson } from '../ports/slack.ts'
import type { SlackPorts } from './ports.ts'

/** One request of somebody who is known. */
export type Session = {
  readonly person: SlackPerson
  readonly caller: Caller
  readonly plane: string
  readonly context: Context
  readonly ports: SlackPorts
}

/** Runs a command as every surface does: its input is read by the route's schema. @throws Refusal */
export async function run<K extends RouteName>(name: K, input: Call<K>, { context }: Session): Promise<Output<K>> {
  const route: Route = routes[name]
  const parsed = route.input.safeParse(input)
  if (!parsed.success) {
    const [field, message] = firstIssue(parsed.error)
    throw new Refusal(422, { code: 'Invalid', message: `${field} ${message}`, field })
  }
  const command = commands[name] as Command<RouteName>
  return (await command(parsed.data as never, context)) as Output<K>
}

/** The agent that was named, else the one agent of the person's own. @throws Refusal 422 saying what to name */
export async function whichAgent(session: Session, name: string | undefined): Promise<string> {
  if (name !== undefined) return name
  const own = (await ownAgents(session.context, session.plane)).map(({ ref }) => ref.name)
  const [only] = own
  if (only !== undefined && own.length === 1) return only
  const which = { code: 'WhichAgent', field: 'name' }
  throw own.length === 0
    ? new Refusal(422, {
        ...which,
        message: 'You have no agent of your own here.',
        suggestion: 'Give the name of one.',
      })
    : new Refusal(422, { ...which, message: 'Which one?', suggestion: `Yours: ${own.join(', ')}.` })
}
