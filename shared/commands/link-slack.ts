import type { SlackLinkOffer } from '../ports/slack.ts'
import type { Command, Context } from './command.ts'
import { entryOf } from './deed.ts'
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
  const nowMs = ports.clock.nowMs()
  const offer = await (dryRun ? slack.findOffer(code, nowMs) : slack.takeOffer(code, nowMs))
  if (offer?.for !== 'link') throw isOver
  const { team, user } = offer.person
  if (!dryRun) await link(offer, context, slack)
  return { team, user, actor: caller.actor, linked: !dryRun }
}

async function link(
  { person, plane }: SlackLinkOffer,
  context: Context,
  slack: NonNullable<Context['ports']['slack']>,
): Promise<void> {
  const { actor } = context.caller
  await slack.putLink(person, actor)
  const after = { team: person.team, user: person.user }
  const deed = { action: 'slack-link', member: actor, after, input: after }
  await context.ports.specs.audit(plane, await entryOf(deed, context))
}

const noSlack = new Refusal(409, { code: 'NoSlack', message: 'This installation has no Slack.' })

const isOver = new Refusal(404, {
  code: 'NoSuchCode',
  message: 'This code is over, or was used.',
  field: 'code',
  suggestion: 'Get another in Slack: /planes link',
})
