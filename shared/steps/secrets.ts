import { removed, ready, waiting } from '../documents/outcome.ts'
import { agentLabels, sameLabels } from '../documents/labels.ts'
import type { ResourceLabels } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { secretsOf } from '../documents/secrets.ts'
import type { SecretInfo } from '../ports/backend.ts'
import { idOf, nameConflict } from './step.ts'
import type { Context, Step } from './step.ts'

type Who = { readonly reader: string; readonly writer: string }

const who = (subject: AgentSubject): Who => ({ reader: idOf(subject, 'identity', 'email'), writer: subject.owner })

const isBound = ({ readers, writers }: SecretInfo, { reader, writer }: Who): boolean =>
  readers.length === 1 && readers[0] === reader && writers.length === 1 && writers[0] === writer

/** Secrets that are asked for by name, whether or not a list has them yet. */
const wantedOf = ({ spec }: AgentSubject): readonly string[] => (spec ? secretsOf(spec) : [])

const wantedLabels = ({ place, owner, spec }: AgentSubject): ResourceLabels =>
  agentLabels(place, owner, spec?.labels ?? {})

/** Whether it is billed, and its values are kept, as it was made. */
const isKept = ({ labels, recoverable }: SecretInfo, wanted: ResourceLabels): boolean =>
  sameLabels(labels, wanted) && recoverable !== false

/** The agent's secrets by name: only its account reads them, only its owner adds values. Values never pass here. */
export const secrets: Step<AgentSubject> = {
  desired: (subject) => ({
    keys: wantedOf(subject),
    ...who(subject),
    account: idOf(subject, 'identity', 'id'),
    labels: wantedLabels(subject),
  }),

  apply: async ({ subject, backend, intent }) => {
    const { place } = subject
    const [wanted, labels] = [wantedOf(subject), wantedLabels(subject)]
    // Only listed: what a list that lags lacks is there already when it is made, and reads are what runs short first.
    const found = new Map((await backend.secrets.list(place)).map((secret) => [secret.key, secret]))
    for (const key of wanted) {
      const secret = found.get(key)
      if (secret?.ours === false) continue
      if (secret === undefined) await backend.secrets.create(intent, place, key, labels)
      else if (!isKept(secret, labels)) await backend.secrets.label(intent, place, key, labels)
      if (secret === undefined || !isBound(secret, who(subject)))
        await backend.secrets.bind(intent, place, key, who(subject))
    }
    for (const { key, ours } of found.values())
      if (ours && !wanted.includes(key)) await backend.secrets.delete(intent, place, key)
  },

  verify: async ({ subject, backend }) => {
    const wanted = wantedOf(subject)
    const found = await backend.secrets.list(subject.place, wanted)
    const foreign = found.find(({ key, ours }) => !ours && wanted.includes(key))
    if (foreign !== undefined) return nameConflict(`secret ${names.secret(subject.place, foreign.key)}`)
    const bound = new Set(found.filter((secret) => secret.ours && isBound(secret, who(subject))).map(({ key }) => key))
    const missing = wanted.filter((key) => !bound.has(key))
    if (missing.length > 0) return waiting('SecretsUnbound', `not readable by the agent yet: ${missing.join(', ')}`)
    const labels = wantedLabels(subject)
    const otherwise = found.filter((secret) => wanted.includes(secret.key) && !isKept(secret, labels))
    if (otherwise.length > 0)
      return waiting('Labelling', `not labelled or not recoverable yet: ${otherwise.map(({ key }) => key).join(', ')}`)
    const extra = found.filter(({ key, ours }) => ours && !wanted.includes(key))
    if (extra.length > 0) return waiting('SecretsLeft', `no longer wanted: ${extra.map(({ key }) => key).join(', ')}`)
    return ready({ count: wanted.length, keys: wanted.join(' ') })
  },

  remove: async ({ subject, backend, intent }: Context<AgentSubject>) => {
    const { place } = subject
    const wanted = wantedOf(subject)
    const ours = (await backend.secrets.list(place, wanted)).filter((secret) => secret.ours)
    for (const { key } of ours) await backend.secrets.delete(intent, place, key)
    if (ours.length === 0) return removed()
    return (await backend.secrets.list(place, wanted)).some((secret) => secret.ours) ? waiting('Deleting') : removed()
  },
}
