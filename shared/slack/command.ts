import type { Caller } from '../ports/people.ts'
import { entryOf } from '../commands/deed.ts'
import { context, escaped, section } from './blocks.ts'
import { add, change } from './changes.ts'
import type { Identified } from './identify.ts'
import type { Intent, Misunderstood } from './intent.ts'
import { cost, logs, open, show, status, whoami } from './reads.ts'
import { offerRemoval } from './removal.ts'
import { said, shown } from './reply.ts'
import type { Reply } from './reply.ts'
import type { Session } from './run.ts'
import { verbs } from './verbs.ts'

/** Who typed it, and what they may then do: asked for only where it matters. */
export type Asking = {
  readonly identified: () => Promise<Identified>
  readonly sessionOf: (caller: Caller) => Session
}

/** Answers what was typed after `/planes`. What tells nothing is told to everybody, the rest to whoever is linked. */
export async function answerCommand(intent: Intent | Misunderstood, asking: Asking): Promise<Reply> {
  if (intent.verb === 'misunderstood') return misunderstood(intent)
  if (intent.verb === 'help') return HELP
  if (intent.verb === 'secret') return NO_SECRETS
  const who = await asking.identified()
  if ('reply' in who) return who.reply
  if (intent.verb === 'link') return linked(who.caller)
  const session = asking.sessionOf(who.caller)
  if (intent.verb === 'unlink') return unlink(session)
  return perform(intent, { ...session, plane: intent.plane ?? session.plane })
}

type Performed = Exclude<Intent, { readonly verb: 'help' | 'secret' | 'link' | 'unlink' }>

function perform(intent: Performed, session: Session): Promise<Reply> {
  switch (intent.verb) {
    case 'status':
      return status(intent, session)
    case 'show':
      return show(intent, session)
    case 'cost':
      return cost(intent, session)
    case 'logs':
      return logs(intent, session)
    case 'open':
      return open(intent, session)
    case 'whoami':
      return whoami(intent, session)
    case 'add':
      return add(intent, session)
    case 'remove':
      return offerRemoval(intent, session)
    case 'start':
    case 'stop':
    case 'restart':
    case 'retry':
      return change({ ...intent, verb: intent.verb }, session)
  }
}

const USAGES = Object.values(verbs).map(({ usage, summary }) => `\`/planes ${usage}\`  ${summary}`)

/** Every verb on a line. */
export const HELP: Reply = shown(
  Object.values(verbs)
    .map(({ usage, summary }) => `/planes ${usage}: ${summary}`)
    .join('\n'),
  [section(USAGES.join('\n')), context('Without NAME, the agent of your own. `--plane NAME` for another plane.')],
)

const misunderstood = ({ message, example }: Misunderstood): Reply =>
  said(example === undefined ? message : `${message} For example: \`${example}\``, 'All verbs: `/planes help`')

const NO_SECRETS = said(
  'Secrets never go through Slack. Set one on your computer; it asks for the value:\n' +
    '```planes secret set --plane PLANE --name AGENT --secret KEY```',
  'If you typed a value here, it was not kept; make a new one nevertheless, because Slack may have kept it.',
)

const linked = ({ actor }: Caller): Reply =>
  said(`You are linked to *${escaped(actor)}*.`, 'To link another account: `/planes unlink`, then `/planes link`')

async function unlink({ person, plane, caller, context, ports }: Session): Promise<Reply> {
  const before = { team: person.team, user: person.user }
  const deed = { action: 'slack-unlink', member: caller.actor, before, input: before }
  await ports.records.putLink(person, undefined, { plane, entry: await entryOf(deed, context) })
  return said('The link is forgotten.', 'Link again: `/planes link`')
}
