import { createHash, randomUUID } from 'node:crypto'
import { Timestamp } from '@google-cloud/firestore'
import type { DocumentReference, Firestore, WriteBatch, WriteResult } from '@google-cloud/firestore'
import { z } from 'zod'
import type { SlackRecords } from '../ports/slack.ts'
import { answered, isAnswer } from './errors.ts'
import { readOne } from './firestore-snapshots.ts'
import { jointly } from './jointly.ts'
import type { AskAll } from './jointly.ts'

/** Longer than Slack tries again, and longer than an old request passes for a new one, in milliseconds. */
export const CLAIMED_MS = 3_600_000

/** Ids and codes are kept as hashes: who reads the database can use none of them. */
export const hashed = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A time as Firestore keeps it, and its policies read it. */
export const until = (ms: number): Timestamp => Timestamp.fromMillis(ms)

const Claimed = z.object({ by: z.string().optional(), answer: z.string().optional() })

/** So many requests are claimed, or have their answers kept, by one write at most: far from the 10 MB that it may have. */
const MOST_WRITES = 25

type Noted = { readonly doc: DocumentReference; readonly fields: Record<string, unknown> }

/** Requests of Slack that were answered, each by whoever was first. */
export function firestoreRequests(db: Firestore): Pick<SlackRecords, 'claim' | 'keepAnswer'> {
  const docOf = (requestId: string): DocumentReference => db.doc(`slackRequests/${hashed(requestId)}`)
  // Written together, all are done or none: a claim that comes too late fails the others too, and then each is made alone.
  const create = jointly(
    written(db, (batch, { doc, fields }) => batch.create(doc, fields)),
    MOST_WRITES,
  )
  const update = jointly(
    written(db, (batch, { doc, fields }) => batch.update(doc, fields)),
    MOST_WRITES,
  )
  return {
    claim: async (requestId, nowMs) => {
      const [doc, mine] = [docOf(requestId), randomUUID()]
      try {
        await create({ doc, fields: { by: mine, expiresAt: until(nowMs + CLAIMED_MS) } })
        return { is: 'first' }
      } catch (error) {
        if (!isAnswer(error, 'AlreadyExists')) throw error
        const { by, answer } = Claimed.safeParse((await readOne(doc)).data()).data ?? {}
        // A claim whose answer was lost is sent again by the client, and then meets itself.
        if (by === mine) return { is: 'first' }
        return { is: 'repeat', ...(answer !== undefined && { answer }) }
      }
    },
    keepAnswer: async (requestId, answer) => {
      await update({ doc: docOf(requestId), fields: { answer } })
    },
  }
}

const written =
  (db: Firestore, write: (batch: WriteBatch, noted: Noted) => void): AskAll<Noted, WriteResult> =>
  (all) => {
    const batch = db.batch()
    for (const noted of all) write(batch, noted)
    return answered('Firestore', batch.commit())
  }
