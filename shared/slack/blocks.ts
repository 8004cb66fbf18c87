import type { ActionsBlock, ContextBlock, DataTableBlock, HeaderBlock, RichTextBlock, SectionBlock } from '@slack/types'
import { LIMITS, clipped } from './limits.ts'

/** Text that means nothing to Slack but itself. https://docs.slack.dev/messaging/formatting-message-text#escaping */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A paragraph of mrkdwn; what comes from outside is escaped before. */
export const section = (mrkdwn: string): SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text: clipped(mrkdwn, LIMITS.sectionText) },
})

/** Small print. */
export const context = (mrkdwn: string): ContextBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: clipped(mrkdwn, LIMITS.sectionText) }],
})

/** A title, in plain text. */
export const header = (text: string): HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text: clipped(text, LIMITS.headerText) },
})

/** Text as it stands. */
export const preformatted = (text: string): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: text === '' ? ' ' : text }] }],
})

/** A paragraph that Slack reads nothing into. */
export const plainRich = (text: string): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
})

/** A button that does something grave. */
export const dangerButton = (actionId: string, text: string, value: string): ActionsBlock => ({
  type: 'actions',
  elements: [
    {
      type: 'button',
      style: 'danger',
      action_id: actionId,
      value,
      text: { type: 'plain_text', text: clipped(text, LIMITS.buttonText) },
    },
  ],
})

/** A table: its first row is its head. What does not fit is left out. */
export const table = (caption: string, rows: readonly (readonly string[])[]): DataTableBlock => ({
  type: 'data_table',
  caption: clipped(caption, LIMITS.headerText),
  page_size: 25,
  rows: rows
    .slice(0, LIMITS.tableRows)
    .map((cells) => cells.slice(0, LIMITS.tableColumns).map((text) => ({ type: 'raw_text', text: text || '–' }))),
})
