import type { ModalView } from '@slack/types'
import type { Removal } from '../ports/slack.ts'
import type { Asked } from './asked.ts'
import { context, dangerButton, escaped, section } from './blocks.ts'
import { watch } from './changes.ts'
import { LIMITS, clipped } from './limits.ts'
import { said, shown } from './reply.ts'
import type { Reply } from './reply.ts'
import { run } from './run.ts'
import type { Session } from './run.ts'

/** How long a button may be clicked, in milliseconds. */
const OFFER_MS = 15 * 60_000

/** What a click on the button, and the dialog that it opens, are called. */
export const REMOVE_ACTION = 'planes.remove'
export const REMOVE_VIEW = 'planes.remove'
const NAME_BLOCK = 'name'

const KEPT = 'Its access, machine and secrets go at once. Its disk is kept for as long as the plane says, then deleted.'

/** Offers to remove an agent, to whoever may. Nothing is removed before its name was typed. */
export async function offerRemoval({ name }: { readonly name: string }, session: Session): Promise<Reply> {
  const { plane, person, ports } = session
  const { agent, upToDate } = await run('removeAgent', { plane, name, dryRun: true }, session)
  if (upToDate) return said(`*${escaped(name)}* is being removed already.`)
  const offer: Removal = { for: 'removal', person, plane, name, uid: agent.uid }
  const code = await ports.records.putOffer(offer, ports.commands.clock.nowMs() + OFFER_MS)
  const text = `Remove ${plane}/${name} for good?`
  return {
    ...shown(`${text} ${KEPT}`, [
      section(`*${escaped(text)}*`),
      context(`Owner: ${escaped(agent.owner ?? 'unknown')}. ${KEPT}`),
      dangerButton(REMOVE_ACTION, `Remove ${name}…`, code),
      context('You will be asked for its name. The button works for 15 minutes.'),
    ]),
    isSecret: true,
  }
}

const OVER = said('This offer is over.', 'Ask again: `/planes remove NAME`')

/** Opens the dialog that wants the name. Whether the person still may is asked again. A reply when it does not open. */
export async function openDialog(asked: Extract<Asked, { is: 'click' }>, session: Session): Promise<Reply | undefined> {
  const offer = await standing(asked.value, session)
  if (offer === undefined) return OVER
  const { plane, name, uid } = offer
  await run('removeAgent', { plane, name, uid, dryRun: true }, session)
  await session.ports.notifier.run({ do: 'open', triggerId: asked.triggerId, offer: asked.value })
  return undefined
}

/** What a dialog is answered with: something wrong in it, or what it shows instead. */
export type DialogAnswer =
  | { readonly response_action: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly response_action: 'update'; readonly view: ModalView }

/** Removes the agent whose name was typed. */
export async function submitDialog(
  { offer: code, typed }: Extract<Asked, { is: 'submission' }>,
  session: Session,
): Promise<DialogAnswer> {
  const offer = await standing(code, session)
  if (offer === undefined)
    return ended('This took more than 15 minutes, or was done already. Ask again: /planes remove')
  const { plane, name, uid } = offer
  if (typed.trim() !== name) {
    return { response_action: 'errors', errors: { [NAME_BLOCK]: `This is not its name. Type: ${name}` } }
  }
  const { agent } = await run('removeAgent', { plane, name, uid }, session)
  // After the removal, which may come too late: then the offer still stands. It is for this very agent, so twice is once.
  await session.ports.records.takeOffer(code, now(session))
  const settled = await watch({ ...agent, uid }, 'absent', session)
  return ended(
    settled === undefined
      ? `${plane}/${name} is being removed. I keep you posted in a direct message.`
      : `${plane}/${name} is ${settled.phase}.`,
  )
}

const now = ({ ports }: Session): number => ports.commands.clock.nowMs()

/** The person's own offer, as long as it stands. */
async function standing(code: string, session: Session): Promise<Removal | undefined> {
  const offer = await session.ports.records.findOffer(code, now(session))
  if (offer?.for !== 'removal') return undefined
  const { team, user } = session.person
  return offer.person.team === team && offer.person.user === user ? offer : undefined
}

const titled = (title: string): ModalView['title'] => ({ type: 'plain_text', text: clipped(title, LIMITS.viewTitle) })

/** The dialog that wants the name typed. */
export const removalDialog = ({ plane, name }: Removal, code: string): ModalView => ({
  type: 'modal',
  callback_id: REMOVE_VIEW,
  private_metadata: code,
  title: titled('Remove an agent'),
  submit: { type: 'plain_text', text: 'Remove' },
  close: { type: 'plain_text', text: 'Keep it' },
  blocks: [
    section(`*${escaped(`${plane}/${name}`)}* is removed for good. ${KEPT}`),
    {
      type: 'input',
      block_id: NAME_BLOCK,
      label: { type: 'plain_text', text: `Type ${name} to remove it` },
      element: { type: 'plain_text_input', action_id: 'typed', max_length: 40, focus_on_load: true },
    },
  ],
})

/** A dialog that has only something to tell. */
export const ended = (text: string): DialogAnswer => ({
  response_action: 'update',
  view: {
    type: 'modal',
    title: titled('Remove an agent'),
    close: { type: 'plain_text', text: 'Close' },
    blocks: [section(escaped(text))],
  },
})
