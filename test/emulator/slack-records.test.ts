import { expect, test } from 'vitest'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreSlack } from '../../shared/gcp/firestore-slack.ts'
import { firestoreTrail } from '../../shared/gcp/firestore-trail.ts'
import { slackRecordsContract } from '../contract/slack-records.ts'
import { freshProject } from './project.ts'

slackRecordsContract(() => {
  const { firestore } = freshProject()
  const entries = async () => firestoreTrail(firestore, systemClock).listAudit('acme', { limit: 10 })
  return { records: firestoreSlack(firestore, systemClock), entries }
})

test('nothing in the database can be used: ids and codes are there as hashes, and what is for a while says until when', async () => {
  const { firestore } = freshProject()
  const records = firestoreSlack(firestore, systemClock)
  await records.claim('trigger-id', Date.now())
  const code = await records.putOffer(
    { for: 'link', person: { team: 'T1', user: 'U1' }, plane: 'acme' },
    Date.now() + 1000,
  )
  for (const collection of ['slackRequests', 'slackOffers']) {
    const { docs } = await firestore.collection(collection).get()
    expect(docs).toHaveLength(1)
    expect(JSON.stringify([docs[0]?.id, docs[0]?.data()])).not.toMatch(new RegExp(`trigger-id|${code}`))
    expect(docs[0]?.get('expiresAt')).toBeDefined()
  }
})

test('a link of old, which does not say whose it is, hides no other, and says so once they are checked', async () => {
  const { firestore } = freshProject()
  const records = firestoreSlack(firestore, systemClock)
  const email = 'ada@example.com'
  const [old, other] = [
    { team: 'T1', user: 'U1' },
    { team: 'T1', user: 'U2' },
  ]
  await firestore.doc('slackPeople/T1_U1').set({ email, standing: 'member', checkedAtMs: 0 })
  await records.putLink(other, email)
  expect(await records.listLinked(email)).toEqual([other])
  await records.putStanding(old, 'member', Date.now())
  expect(await records.listLinked(email)).toEqual([old, other])
})
