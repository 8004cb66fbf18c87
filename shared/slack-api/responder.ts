import { ProviderError } from '../ports/errors.ts'
import type { Responder } from '../ports/slack.ts'

/** Where Slack takes answers. https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const SLACK = 'https://hooks.slack.com'

/** There is little of Slack's three seconds left by then. */
const TIMEOUT_MS = 700

/** Answers by the address that came with a request, which needs no token; no other address than Slack's is written to. */
export const slackResponder = (origin: string = SLACK): Responder => ({
  respond: async (responseUrl, message) => {
    if (!URL.canParse(responseUrl) || new URL(responseUrl).origin !== origin) {
      throw new ProviderError('Invalid', `an address that is not at ${origin} was not answered`)
    }
    const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message })
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(responseUrl, { method: 'POST', headers, body, signal, redirect: 'error' }).catch(away)
    await response.body?.cancel()
    if (!response.ok) throw new ProviderError('Unavailable', `Slack answered ${response.status} to a late answer`)
  },
})

function away(cause: unknown): never {
  throw new ProviderError('Unavailable', 'Slack took no late answer', { cause })
}
