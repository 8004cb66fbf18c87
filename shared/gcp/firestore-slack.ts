import { randomBytes } from 'node:crypto'
import { FieldValue, Timestamp } from '@google-cloud/firestore'
import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore'
import { z } from 'zod'
import type { Clock } from '../ports/clock.ts'
import { KnownPerson, Offer, SlackPerson, Watch } from '../ports/slack.ts'
import type { KeptWatch, SlackRecords, WatchKey } from '../ports/slack.ts'
import { answered, isAnswer, unless } from './errors.ts'
import { CLAIMED_MS, firestoreRequests, hashed, until } from './firestore-requests.ts'
import { readOne, versionOf } from './firestore-snapshots.ts'
import { recordedBy } from './firestore-trail.ts'
import type { Recorded } from './firestore-trail.ts'
import { defined, timestampOf } from './firestore-values.ts'

/**
 * What is remembered of Slack, in Firestore. What is for a while only says until when: a policy deletes what is over
 * (`infra/firestore.indexes.json`), within a day of it, so readers look at the time themselves.
 */
export function firestoreSlack(db: Firestore, clock: Clock): SlackRecords {
  const recorded = recordedBy(db, clock)
  return { ...firestoreRequests(db), ...people(db, recorded), ...offers(db, recorded), ...watches(db) }
}

const idOf = ({ enterprise, team, user }: SlackPerson): string => `${enterprise ?? team}_${user}`

const personDoc = (db: Firestore, person: SlackPerson): DocumentReference => db.doc(`slackPeople/${idOf(person)}`)

const linkOf = (person: SlackPerson, email: string | undefined) =>
  email === undefined
    ? { email: FieldValue.delete(), linkedAt: FieldValue.delete() }
    : { email, linkedAt: FieldValue.serverTimestamp(), person: defined(person) }

type People = Pick<SlackRecords, 'findPerson' | 'putStanding' | 'putLink' | 'listLinked'>

function people(db: Firestore, recorded: Recorded): People {
  const docOf = (person: SlackPerson): DocumentReference => personDoc(db, person)
  return {
    findPerson: async (person) => {
      const snapshot = await readOne(docOf(person))
      return snapshot.exists ? KnownPerson.parse(snapshot.data()) : undefined
    },
    putStanding: async (person, standing, checkedAtMs) => {
      const known = { standing, checkedAtMs, person: defined(person) }
      await answered('Firestore', docOf(person).set(known, { merge: true }))
    },
    putLink: async (person, email, trail) => {
      const link = linkOf(person, email)
      await recorded((batch) => batch.set(docOf(person), link, { merge: true }), trail)
    },
    listLinked: async (email) => {
      const { docs } = await answered('Firestore', db.collection('slackPeople').where('email', '==', email).get())
      // A link of old does not say whose it is until they are next checked; it is no reason to tell nobody.
      return docs.flatMap((snapshot) => SlackPerson.safeParse(snapshot.get('person')).data ?? [])
    },
  }
}

const Kept = z.object({ offer: Offer, expiresAt: z.instanceof(Timestamp) })

function offers(
  db: Firestore,
  recorded: Recorded,
): Pick<SlackRecords, 'putOffer' | 'findOffer' | 'takeOffer' | 'takeLink'> {
  const docOf = (code: string): DocumentReference => db.doc(`slackOffers/${hashed(code)}`)
  const read = async (code: string, nowMs: number) => {
    const snapshot = await readOne(docOf(code))
    const { data } = Kept.safeParse(snapshot.data())
    const stands = data !== undefined && data.expiresAt.toMillis() > nowMs
    return stands ? { offer: data.offer, version: versionOf(snapshot) } : undefined
  }
  return {
    putOffer: async (offer, untilMs) => {
      const code = randomBytes(32).toString('hex')
      await answered('Firestore', docOf(code).create({ offer: defined(offer), expiresAt: until(untilMs) }))
      return code
    },
    findOffer: async (code, nowMs) => (await read(code, nowMs))?.offer,
    takeOffer: async (code, nowMs) => {
      const found = await read(code, nowMs)
      const take = () => answered('Firestore', docOf(code).delete({ exists: true }))
      return found !== undefined && (await isFirst(take)) ? found.offer : undefined
    },
    takeLink: async (code, nowMs, email, entry) => {
      const { offer, version = '' } = (await read(code, nowMs)) ?? {}
      if (offer?.for !== 'link' || offer.taken) return false
      const precondition = { lastUpdateTime: timestampOf(version) }
      const taken = { 'offer.taken': true, expiresAt: until(nowMs + CLAIMED_MS) }
      return isFirst(() =>
        recorded(
          (batch) =>
            batch
              .update(docOf(code), taken, precondition)
              .set(personDoc(db, offer.person), linkOf(offer.person, email), { merge: true }),
          { plane: offer.plane, entry },
        ),
      )
    },
  }
}

/** Whether a write was done, and nobody else took it in between. */
async function isFirst(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (isAnswer(error, 'NotFound', 'Conflict')) return false
    throw error
  }
}

type Watches = Pick<
  SlackRecords,
  'putWatch' | 'createWatch' | 'findWatch' | 'listWatches' | 'updateWatch' | 'removeWatch'
>

function watches(db: Firestore): Watches {
  const all = db.collection('slackWatches')
  const docOf = ({ plane, uid, person }: WatchKey): DocumentReference => all.doc(`${plane}_${uid}_${idOf(person)}`)
  return {
    putWatch: async (watch, untilMs) => {
      await answered('Firestore', docOf(watch).set(fieldsOf(watch, untilMs)))
    },
    createWatch: async (watch, untilMs) => {
      await unless(['AlreadyExists'], answered('Firestore', docOf(watch).create(fieldsOf(watch, untilMs))))
    },
    findWatch: async (key) => {
      const snapshot = await readOne(docOf(key))
      return snapshot.exists ? watchIn(snapshot) : undefined
    },
    listWatches: async (plane, uid, nowMs) => {
      const query = all.where('watch.plane', '==', plane).where('watch.uid', '==', uid)
      const { docs } = await answered('Firestore', query.get())
      return docs.filter((snapshot) => isStanding(snapshot, nowMs)).map(watchIn)
    },
    updateWatch: (watch, version) => {
      const precondition = { lastUpdateTime: timestampOf(version) }
      return isFirst(() => answered('Firestore', docOf(watch).update({ watch: defined(watch) }, precondition)))
    },
    removeWatch: async (key, version) => {
      const precondition = version === undefined ? {} : { lastUpdateTime: timestampOf(version) }
      await unless(['Conflict', 'NotFound'], answered('Firestore', docOf(key).delete(precondition)))
    },
  }
}

const fieldsOf = (watch: Watch, untilMs: number) => ({ watch: defined(watch), expiresAt: until(untilMs) })

const watchIn = (snapshot: DocumentSnapshot): KeptWatch => ({
  version: versionOf(snapshot),
  watch: Watch.parse(snapshot.get('watch')),
})

function isStanding(snapshot: DocumentSnapshot, nowMs: number): boolean {
  const expiresAt: unknown = snapshot.get('expiresAt')
  return expiresAt instanceof Timestamp && expiresAt.toMillis() > nowMs
}
