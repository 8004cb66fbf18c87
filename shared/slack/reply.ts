import type { KnownBlock } from '@slack/types'
import { ProviderError } from '../ports/errors.ts'
import type { SlackMessage } from '../ports/slack.ts'
import { Refusal } from '../commands/refusal.ts'
import { context, escaped, section } from './blocks.ts'
import { LIMITS, clipped } from './limits.ts'

/** What a person gets to see. One that holds a code must not be kept. */
export type Reply = SlackMessage & { readonly isSecret?: true }

/** A reply of one paragraph and perhaps small print; both are mrkdwn. */
export const said = (mrkdwn: string, small?: string): Reply => ({
  text: clipped(small === undefined ? mrkdwn : `${mrkdwn}\n${small}`, LIMITS.messageText),
  blocks: small === undefined ? [section(mrkdwn)] : [section(mrkdwn), context(small)],
})

/** A reply of blocks, all of which `text` says too. */
export const shown = (text: string, blocks: readonly KnownBlock[]): Reply => ({
  text: clipped(text, LIMITS.messageText),
  blocks: blocks.slice(0, LIMITS.blocksPerMessage),
})

/** A command's refusal, in its own words. */
export const refused = ({ detail: { message, suggestion } }: Refusal): Reply =>
  said(`:no_entry: ${escaped(message)}`, suggestion === undefined ? undefined : escaped(suggestion))

/** What went wrong, as the person may know it; undefined when it is a fault of ours, which wants to be logged. */
export function explained(error: unknown): Reply | undefined {
  if (error instanceof Refusal) return refused(error)
  if (error instanceof TooLate) return SLOW
  if (!(error instanceof ProviderError)) return undefined
  if (error.kind === 'Conflict' || error.kind === 'AlreadyExists') {
    return said(`:warning: ${escaped(error.message)}`, 'Look again, then repeat.')
  }
  return error.kind === 'NotFound' || error.kind === 'Invalid' ? said(`:warning: ${escaped(error.message)}`) : undefined
}

/** Slack waits no longer: nothing more may be written in the name of this request. */
export class TooLate extends Error {
  override readonly name = 'TooLate'
}

/** When the answer has to go before the work is done. */
export const SLOW: Reply = said(
  ':hourglass: This takes longer than Slack waits.',
  'It was done as a whole or not at all: look with `/planes status`. Asking again is safe.',
)

/** When something of ours is broken. */
export const broken = (requestId: string): Reply =>
  said(
    ':warning: Something went wrong on our side.',
    `Try again in a minute. If it stays so, tell an admin: ${requestId}.`,
  )
