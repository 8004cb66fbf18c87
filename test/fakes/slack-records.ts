import type { AuditEntry } from '../../shared/ports/specs.ts'
import type { KeptWatch, KnownPerson, Offer, SlackPerson, SlackRecords, WatchKey } from '../../shared/ports/slack.ts'

/** What is remembered of Slack, in memory. The maps are open so that a test can look. */
export type FakeSlackRecords = SlackRecords & {
  readonly claims: Map<string, string | undefined>
  readonly people: Map<string, KnownPerson>
  readonly offers: Map<string, { readonly offer: Offer; readonly untilMs: number }>
  readonly watches: Map<string, KeptWatch & { readonly untilMs: number }>
  /** Appends to a plane's trail; where it throws, nothing of the same write is done. */
  audit: (plane: string, entry: AuditEntry) => Promise<void>
}

/** How long what is over is still found. */
const CLAIMED_MS = 3_600_000

const idOf = ({ enterprise, team, user }: SlackPerson): string => `${enterprise ?? team}_${user}`

/** An organisation’s people have ids that begin with E; they are found in one workspace of it. */
const personOf = (id: string): SlackPerson => {
  const [space = '', user = ''] = id.split('_')
  return space.startsWith('E') ? { enterprise: space, team: 'T2', user } : { team: space, user }
}

const watchIdOf = ({ plane, uid, person }: WatchKey): string => `${plane} ${uid} ${idOf(person)}`

/** Nothing is remembered yet. `audit` keeps what is to stand in the trails. */
export function fakeSlackRecords(audit: FakeSlackRecords['audit'] = async () => undefined): FakeSlackRecords {
  const claims = new Map<string, string | undefined>()
  const people = new Map<string, KnownPerson>()
  const offers = new Map<string, { offer: Offer; untilMs: number }>()
  const watches = new Map<string, KeptWatch & { readonly untilMs: number }>()
  let writes = 0
  const nextVersion = (): string => String(++writes)
  const offerOf = (code: string, nowMs: number): Offer | undefined => {
    const kept = offers.get(code)
    return kept !== undefined && kept.untilMs > nowMs ? kept.offer : undefined
  }
  const change = (person: SlackPerson, fields: Partial<KnownPerson>): void => {
    people.set(idOf(person), { checkedAtMs: 0, ...people.get(idOf(person)), ...fields })
  }
  const records: FakeSlackRecords = {
    claims,
    people,
    offers,
    watches,
    audit,
    claim: async (id) => {
      const answer = claims.get(id)
      if (claims.has(id)) return { is: 'repeat', ...(answer !== undefined && { answer }) }
      claims.set(id, undefined)
      return { is: 'first' }
    },
    keepAnswer: async (id, answer) => void claims.set(id, answer),
    findPerson: async (person) => people.get(idOf(person)),
    putStanding: async (person, standing, checkedAtMs) => change(person, { standing, checkedAtMs }),
    putLink: async (person, email, trail) => {
      if (trail !== undefined) await records.audit(trail.plane, trail.entry)
      const { email: _, ...rest } = people.get(idOf(person)) ?? { checkedAtMs: 0 }
      people.set(idOf(person), email === undefined ? rest : { ...rest, email })
    },
    putOffer: async (offer, untilMs) => {
      const code = `${offers.size + 1}${nextVersion()}`.padStart(64, '0')
      offers.set(code, { offer, untilMs })
      return code
    },
    findOffer: async (code, nowMs) => offerOf(code, nowMs),
    takeOffer: async (code, nowMs) => {
      const offer = offerOf(code, nowMs)
      offers.delete(code)
      return offer
    },
    listLinked: async (email) => [...people].flatMap(([id, known]) => (known.email === email ? [personOf(id)] : [])),
    takeLink: async (code, nowMs, email, entry) => {
      const offer = offerOf(code, nowMs)
      if (offer?.for !== 'link' || offer.taken) return false
      offers.set(code, { offer: { ...offer, taken: true }, untilMs: nowMs + CLAIMED_MS })
      try {
        await records.putLink(offer.person, email, { plane: offer.plane, entry })
      } catch (error) {
        offers.set(code, { offer, untilMs: nowMs + CLAIMED_MS })
        throw error
      }
      return true
    },
    putWatch: async (watch, untilMs) => {
      watches.set(watchIdOf(watch), { version: nextVersion(), watch, untilMs })
    },
    createWatch: async (watch, untilMs) => {
      if (!watches.has(watchIdOf(watch))) await records.putWatch(watch, untilMs)
    },
    findWatch: async (key) => watches.get(watchIdOf(key)),
    listWatches: async (plane, uid, nowMs) =>
      [...watches.values()].filter(
        ({ watch, untilMs }) => watch.plane === plane && watch.uid === uid && untilMs > nowMs,
      ),
    updateWatch: async (watch, version) => {
      const kept = watches.get(watchIdOf(watch))
      if (kept?.version !== version) return false
      watches.set(watchIdOf(watch), { ...kept, version: nextVersion(), watch })
      return true
    },
    removeWatch: async (key, version) => {
      const id = watchIdOf(key)
      if (version === undefined || watches.get(id)?.version === version) watches.delete(id)
    },
  }
  return records
}
