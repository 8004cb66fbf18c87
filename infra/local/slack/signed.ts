import { createHmac } from 'node:crypto'

const FORM = 'application/x-www-form-urlencoded'

/** The headers with which Slack sends a body. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signedHeaders(body: string, signingSecret: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const hash = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'content-type': FORM, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hash}` }
}

/** Who asks, and the ids that come with every request. */
export type Sender = {
  readonly team: string
  readonly user: string
  readonly app: string
  readonly triggerId: string
  readonly responseUrl?: string
}

/** What Slack sends when somebody types a command. https://docs.slack.dev/interactivity/implementing-slash-commands */
export const commandBody = (text: string, { team, user, app, triggerId, responseUrl = '' }: Sender): string =>
  new URLSearchParams({
    token: 'deprecated',
    team_id: team,
    team_domain: 'simulated',
    channel_id: `D${user}`,
    channel_name: 'directmessage',
    user_id: user,
    user_name: user.toLowerCase(),
    command: '/planes',
    text,
    api_app_id: app,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerId,
  }).toString()

const interaction = ({ team, user, app, triggerId }: Sender) => ({
  team: { id: team, domain: 'simulated' },
  enterprise: null,
  user: { id: user, team_id: team, name: user.toLowerCase() },
  api_app_id: app,
  trigger_id: triggerId,
})

const payload = (fields: object): string => new URLSearchParams({ payload: JSON.stringify(fields) }).toString()

/** What Slack sends when somebody clicks a button of a message. */
export const clickBody = (action: { readonly id: string; readonly value: string }, sender: Sender): string =>
  payload({
    type: 'block_actions',
    ...interaction(sender),
    response_url: sender.responseUrl,
    actions: [{ type: 'button', block_id: 'b', action_id: action.id, value: action.value, action_ts: '1.1' }],
  })

/** A dialog that is open. */
export type OpenView = { readonly id: string; readonly user: string; readonly view: unknown }

/** What Slack sends when somebody submits a dialog with one field. */
export const submissionBody = (view: OpenView, typed: string, sender: Sender): string => {
  const {
    callback_id,
    private_metadata,
    blocks = [],
  } = view.view as {
    callback_id?: string
    private_metadata?: string
    blocks?: readonly { type: string; block_id?: string; element?: { action_id: string } }[]
  }
  const inputs = blocks.filter(({ type }) => type === 'input')
  const values = inputs.map(({ block_id = '', element }) => [
    block_id,
    { [element?.action_id ?? '']: { type: 'plain_text_input', value: typed } },
  ])
  const state = { values: Object.fromEntries(values) as object }
  return payload({
    type: 'view_submission',
    ...interaction(sender),
    view: { id: view.id, type: 'modal', callback_id, private_metadata, state },
    response_urls: [],
  })
}
