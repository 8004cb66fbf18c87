import type * as library from '@slack/web-api'
import type { WebClient } from '@slack/web-api'
import { ProviderError } from '../ports/errors.ts'
import type { ProviderErrorKind } from '../ports/errors.ts'
import type { SlackApi, SlackMessage, SlackUser } from '../ports/slack.ts'

/** How the Web API is reached. `apiUrl` is for tests and the simulated Slack; without it: Slack. */
export type SlackApiSettings = { readonly token: string; readonly apiUrl?: string | undefined }

const TIMEOUT_MS = 8000

/** Slack's Web API. Nothing is tried again here: events are delivered again, and people ask again. */
export async function slackWebApi({ token, apiUrl }: SlackApiSettings): Promise<SlackApi> {
  const slack = await import('@slack/web-api')
  const client = new slack.WebClient(token, {
    ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
    timeout: TIMEOUT_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logLevel: slack.LogLevel.ERROR,
  })
  const translated = async <T>(method: string, call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      throw translate(method, error, slack)
    }
  }
  return callsOf(client, translated)
}

type Translated = <T>(method: string, call: Promise<T>) => Promise<T>

const callsOf = (client: WebClient, translated: Translated): SlackApi => ({
  findUser: async (user) => userIn(await translated('users.info', client.users.info({ user }))),
  openView: async (triggerId, view) => {
    await translated('views.open', client.views.open({ trigger_id: triggerId, view }))
  },
  post: async (channel, message) => {
    const posted = await translated('chat.postMessage', client.chat.postMessage({ channel, ...bodyOf(message) }))
    return { channel: posted.channel ?? channel, ts: posted.ts ?? '' }
  },
  update: async (position, message) => {
    await translated('chat.update', client.chat.update({ ...position, ...bodyOf(message) }))
  },
})

const bodyOf = ({ text, blocks }: SlackMessage) => ({ text, blocks: [...(blocks ?? [])] })

function userIn({ user }: Awaited<ReturnType<WebClient['users']['info']>>): SlackUser {
  return {
    team: user?.team_id,
    enterprise: user?.enterprise_user?.enterprise_id,
    isDeleted: user?.deleted === true,
    isBot: user?.is_bot === true || user?.is_workflow_bot === true || user?.id === 'USLACKBOT',
    // What Slack does not say is not taken for the better.
    isGuest: user?.is_restricted !== false || user.is_ultra_restricted !== false,
    isStranger: user?.is_stranger === true,
  }
}

/** https://docs.slack.dev/reference/methods: every method lists its errors. */
const KINDS: ReadonlyMap<string, ProviderErrorKind> = new Map([
  ['user_not_found', 'NotFound'],
  ['channel_not_found', 'NotFound'],
  ['message_not_found', 'NotFound'],
  ['expired_trigger_id', 'Conflict'],
  ['exchanged_trigger_id', 'Conflict'],
  ['ratelimited', 'RateLimited'],
  ['invalid_auth', 'Denied'],
  ['not_authed', 'Denied'],
  ['account_inactive', 'Denied'],
  ['token_revoked', 'Denied'],
  ['missing_scope', 'Denied'],
  ['internal_error', 'Unavailable'],
  ['fatal_error', 'Unavailable'],
  ['service_unavailable', 'Unavailable'],
])

type Errors = Pick<typeof library, 'WebAPIPlatformError' | 'WebAPIRateLimitedError'>

function translate(method: string, error: unknown, slack: Errors): ProviderError {
  const at = `Slack's ${method}`
  if (error instanceof slack.WebAPIPlatformError) {
    const word = error.data.error
    return new ProviderError(KINDS.get(word) ?? 'Invalid', `${at} refused: ${word}`, { cause: error })
  }
  if (error instanceof slack.WebAPIRateLimitedError) {
    return new ProviderError('RateLimited', `${at} asks for a pause of ${error.retryAfter} s`, { cause: error })
  }
  return new ProviderError('Unavailable', `${at} could not be reached`, { cause: error })
}
