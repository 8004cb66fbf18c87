import { removed, ready } from '../documents/outcome.ts'
import { CHANNEL_SECRETS } from '../documents/secrets.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { channelNeeds } from '../openclaw/channel-secrets.ts'
import { idOf } from './step.ts'
import type { Step } from './step.ts'

/** What each channel still needs, as a condition its owner can act on. It never blocks Ready. */
export const channels: Step<AgentSubject> = {
  desired: (subject) => ({ channels: subject.spec?.channels ?? [], machine: idOf(subject, 'machine', 'id') }),

  apply: async () => {},

  verify: async ({ subject, backend }) => {
    const wanted = subject.spec?.channels ?? []
    if (wanted.length === 0) return ready({}, { ChannelsReady: { status: 'True', reason: 'NoChannels' } })
    const stored: string[] = []
    for (const key of wanted.flatMap(({ kind }) => CHANNEL_SECRETS[kind]))
      if (await backend.secrets.hasValue(subject.place, key)) stored.push(key)
    const needs = wanted.flatMap((channel) => channelNeeds(channel, stored))
    if (needs.length === 0) return ready({}, { ChannelsReady: { status: 'True', reason: 'Configured' } })
    return ready({}, { ChannelsReady: { status: 'False', reason: 'OwnerMustAct', message: needs.join('; ') } })
  },

  remove: async () => removed(),
}
