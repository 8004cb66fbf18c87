import type { CloudEvent } from '@google-cloud/functions-framework'
import { ERRAND_TYPE, Errand } from '../shared/ports/slack.ts'
import { notify, runErrand } from '../shared/slack/notify.ts'
import type { NotifyPorts } from '../shared/slack/ports.ts'

/**
 * Firestore: an agent's status changed, and perhaps somebody watches it in Slack. And events of `slack`, which asks for
 * what only the holder of the bot's token can do, and waits for it.
 */
export const slackNotify =
  (made: () => Promise<NotifyPorts | undefined>) =>
  async (event: CloudEvent<unknown>): Promise<void> => {
    const ports = await made()
    if (ports === undefined) return
    if (event.type === ERRAND_TYPE) return runErrand(Errand.parse(event.data), ports)
    const { plane, uid } =
      /^planes\/(?<plane>[^/]+)\/agentStatus\/(?<uid>[^/]+)$/.exec(String(event['document']))?.groups ?? {}
    if (plane !== undefined && uid !== undefined) await notify(plane, uid, ports)
  }
