import type { Caller } from '../ports/people.ts'
import type { KnownPerson, SlackPerson, SlackUser, Standing } from '../ports/slack.ts'
import type { SlackPorts } from './ports.ts'
import { said } from './reply.ts'
import type { Reply } from './reply.ts'

/** How long what Slack said of somebody is believed, in milliseconds. */
const BELIEVED_MS = 24 * 3_600_000

/** How long a link may be opened, in milliseconds. */
const LINK_MS = 15 * 60_000

/** Who a person is here; or, for whoever is nobody here, a reply that says why. */
export type Identified = { readonly caller: Caller } | { readonly reply: Reply }

type Asker = {
  readonly person: SlackPerson
  readonly known: KnownPerson | undefined
  readonly plane: string
  /** Whether the same request was answered before: nobody gets a second code for it. */
  readonly isRepeat: boolean
}

/** Finds out whose account a person of Slack is linked to. Whoever is no member of the workspace is told so. */
export async function identify({ person, known, plane, isRepeat }: Asker, ports: SlackPorts): Promise<Identified> {
  const checked = await currentOf(person, known, ports)
  const { standing } = checked ?? {}
  if (standing === undefined) return { reply: UNCHECKED }
  if (standing !== 'member') return { reply: REFUSALS[standing] }
  if (checked?.email === undefined) return { reply: isRepeat ? OFFERED : await offerLink(person, plane, ports) }
  return { caller: { ...ports.callerOf(checked.email), surface: 'slack' } }
}

/** What is known of somebody, found out anew where it is a day old. Undefined when Slack cannot be asked. */
export const currentOf = async (
  person: SlackPerson,
  known: KnownPerson | undefined,
  ports: SlackPorts,
): Promise<KnownPerson | undefined> => (isBelieved(known, ports) ? known : check(person, ports))

const isBelieved = (known: KnownPerson | undefined, { commands }: SlackPorts): boolean =>
  known?.standing !== undefined && known.checkedAtMs + BELIEVED_MS > commands.clock.nowMs()

/** Only the holder of the bot's token can ask Slack; what it found is read from where it was written. */
async function check(
  person: SlackPerson,
  { notifier, records, commands }: SlackPorts,
): Promise<KnownPerson | undefined> {
  try {
    await notifier.run({ do: 'check', person })
    return await records.findPerson(person)
  } catch (error) {
    commands.log.error('slack.unchecked', { error })
    return undefined
  }
}

const UNCHECKED = said(':warning: Slack could not be asked who you are.', 'Try again in a minute.')

const OFFERED = said('No second code is made for one request.', 'For another one: `/planes link`')

const REFUSALS: Readonly<Record<Exclude<Standing, 'member'>, Reply>> = {
  guest: said(':no_entry: Guests of this workspace have no access to agents.', 'Ask an admin of the plane.'),
  bot: said(':no_entry: Bots have no access to agents.'),
  deleted: said(':no_entry: This account has been deactivated.'),
  stranger: said(':no_entry: People of other organisations have no access to agents.'),
}

/** A one-time code, for the person's eyes. Taken up by somebody who is signed in, it makes the two the same. */
async function offerLink(
  person: SlackPerson,
  plane: string,
  { records, settings, commands }: SlackPorts,
): Promise<Reply> {
  const code = await records.putOffer({ for: 'link', person, plane }, commands.clock.nowMs() + LINK_MS)
  const page = settings.linkUrl === undefined ? '' : `\nOr sign in on <${settings.linkUrl}#${code}|this page>.`
  const command = `\`\`\`planes slack link ${code}\`\`\``
  const how = `Within 15 minutes, run this in a terminal where \`planes\` is signed in:\n${command}${page}`
  const small =
    'It asks whether that is you: type yes. It works once and makes whoever runs it answer for what you do here: never pass it on.'
  return { ...said(`Your Slack account is not linked yet. ${how}`, small), isSecret: true }
}

/** What somebody is, from what Slack knows of them. People of another workspace of the same organisation are no strangers. */
export function standingOf(user: SlackUser, { team, enterprise }: SlackPerson): Standing {
  if (user.isDeleted) return 'deleted'
  if (user.isBot) return 'bot'
  const isColleague = user.team === team || (enterprise !== undefined && user.enterprise === enterprise)
  if (user.isStranger || !isColleague) return 'stranger'
  return user.isGuest ? 'guest' : 'member'
}
