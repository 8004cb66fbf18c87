import { ProviderError } from '../ports/errors.ts'
import { ERRAND_TYPE } from '../ports/slack.ts'
import type { Notifier } from '../ports/slack.ts'

/** How the function is reached that holds the bot's token. */
export type NotifierSettings = {
  readonly url: string
  /** The header that proves to Cloud Run who calls. https://cloud.google.com/run/docs/authenticating/service-to-service */
  readonly authorization: () => Promise<string>
  readonly newId: () => string
  readonly timeoutMs?: number
}

/** A dialog has to open within three seconds of the click. */
const WITHIN_MS = 1500

/** Sends errands as events, and waits for each to be done. */
export const httpNotifier = ({ url, authorization, newId, timeoutMs = WITHIN_MS }: NotifierSettings): Notifier => ({
  run: async (errand) => {
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': newId(),
      'ce-source': '//agents-plane/slack',
      'ce-type': ERRAND_TYPE,
      authorization: await authorization(),
    }
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(errand), signal }).catch(away)
    await response.body?.cancel()
    if (!response.ok) throw new ProviderError('Unavailable', `slackNotify answered ${response.status}`)
  },
})

function away(cause: unknown): never {
  throw new ProviderError('Unavailable', 'slackNotify did not answer', { cause })
}
