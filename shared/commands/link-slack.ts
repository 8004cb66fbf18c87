import type { LinkOffer, SlackRecords } from '../ports/slack.ts'
import type { Input } from '../api/contract.ts'
import type { Command, Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import { Refusal } from './refusal.ts'

/**
 * Makes somebody in Slack and the caller the same person, by the one-time code that Slack was given. Whoever is signed in
 * may, for themselves; a dry run says whose code it is.
 */
export const linkSlack: Command<'linkSlack'> = async (input, context) => {
  const { code, dryRun } = input
  const { caller, ports } = context
  const { slack } = ports
  if (slack === undefined) throw noSlack
  const offer = await slack.findOffer(code, ports.clock.nowMs())
  if (offer?.for !== 'link') throw isOver
  if (dryRun && offer.taken) throw isOver
  if (!dryRun) await link(offer, input, context, slack)
  const { team, user } = offer.person
  return { team, user, actor: caller.actor, linked: !dryRun }
}

type Links = Pick<SlackRecords, 'takeLink'>

/** The code is taken, the two are the same and the entry says so, in one write. @throws Refusal 404 when another wish was first */
async function link({ person, plane }: LinkOffer, input: Input<'linkSlack'>, context: Context, slack: Links) {
  const { actor } = context.caller
  const after = { team: person.team, user: person.user }
  const deed = { action: 'slack-link', member: actor, after, input }
  if (await findDone(plane, deed, context)) return
  const entry = await entryOf(deed, context)
  if (await slack.takeLink(input.code, context.ports.clock.nowMs(), actor, entry)) return
  // The same wish may have been sent twice at once.
  if ((await findDone(plane, deed, context)) === undefined) throw isOver
}

const noSlack = new Refusal(409, { code: 'NoSlack', message: 'This installation has no Slack.' })

const isOver = new Refusal(404, {
  code: 'NoSuchCode',
  message: 'This code is over, or was used.',
  field: 'code',
  suggestion: 'Get another in Slack: /planes link',
})
