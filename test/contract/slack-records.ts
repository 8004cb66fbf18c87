import { describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../shared/ports/specs.ts'
import type { Offer, SlackRecords, Watch } from '../../shared/ports/slack.ts'

const NOW = Date.UTC(2026, 0, 1)
const ADA = { team: 'T1', user: 'U1' }
const OFFER: Offer = { for: 'removal', person: ADA, plane: 'acme', name: 'ada', uid: 'aaaaaaaaaa' }
const WATCH: Watch = { plane: 'acme', uid: 'aaaaaaaaaa', person: ADA, awaits: 'present', old: [], shownAtMs: 0 }

const LINK: Offer = { for: 'link', person: ADA, plane: 'acme' }
const ENTRY: AuditEntry = { actor: 'ada@example.com', surface: 'cli', action: 'slack-link', requestId: 'r' }

/** Records, and the trail of the plane `acme` beside them. */
type RecordsAndTrail = { readonly records: SlackRecords; readonly entries: () => Promise<readonly AuditEntry[]> }

/** What everything that remembers Slack does. Each test asks for records of its own. */
export function slackRecordsContract(made: () => RecordsAndTrail): void {
  const fresh = (): SlackRecords => made().records

  describe('a request', () => {
    test('is claimed by the first only, and its answer is kept', async () => {
      const records = fresh()
      const claims = await Promise.all(Array.from({ length: 5 }, () => records.claim('a', NOW)))
      expect(claims.filter(({ is }) => is === 'first')).toHaveLength(1)
      expect(await records.claim('a', NOW)).toEqual({ is: 'repeat' })
      await records.keepAnswer('a', '{"text":"done"}')
      expect(await records.claim('a', NOW)).toEqual({ is: 'repeat', answer: '{"text":"done"}' })
      expect(await records.claim('b', NOW)).toEqual({ is: 'first' })
    })
  })

  describe('a person', () => {
    test('is unknown, then checked, then linked, then checked again and unlinked', async () => {
      const records = fresh()
      expect(await records.findPerson(ADA)).toBeUndefined()
      await records.putStanding(ADA, 'member', NOW)
      expect(await records.findPerson(ADA)).toEqual({ standing: 'member', checkedAtMs: NOW })
      await records.putLink(ADA, 'ada@example.com')
      await records.putStanding(ADA, 'guest', NOW + 1)
      expect(await records.findPerson(ADA)).toEqual({
        standing: 'guest',
        checkedAtMs: NOW + 1,
        email: 'ada@example.com',
      })
      await records.putLink(ADA, undefined)
      expect(await records.findPerson(ADA)).toEqual({ standing: 'guest', checkedAtMs: NOW + 1 })
    })

    test('is unlinked with an entry', async () => {
      const { records, entries } = made()
      await records.putLink(ADA, 'ada@example.com')
      await records.putLink(ADA, undefined, { plane: 'acme', entry: ENTRY })
      expect([await records.findPerson(ADA), await entries()]).toMatchObject([{ checkedAtMs: 0 }, [ENTRY]])
      expect(await records.findPerson(ADA)).not.toHaveProperty('email')
    })

    test('is the same in every workspace of an organisation, and another one elsewhere', async () => {
      const records = fresh()
      await records.putLink({ ...ADA, enterprise: 'E1' }, 'ada@example.com')
      const email = 'ada@example.com'
      expect(await records.findPerson({ team: 'T2', enterprise: 'E1', user: 'U1' })).toMatchObject({ email })
      for (const other of [ADA, { ...ADA, enterprise: 'E2' }, { ...ADA, enterprise: 'E1', user: 'U2' }])
        expect(await records.findPerson(other)).toBeUndefined()
    })
  })

  describe('an account', () => {
    test('has everybody who is linked to it', async () => {
      const records = fresh()
      const email = 'ada@example.com'
      const people = [ADA, { team: 'T2', enterprise: 'E1', user: 'U3' }]
      for (const person of people) await records.putLink(person, email)
      await records.putLink({ team: 'T1', user: 'U2' }, 'bob@example.com')
      await records.takeLink(
        await records.putOffer({ ...LINK, person: { team: 'T1', user: 'U4' } }, NOW + 10),
        NOW,
        email,
        ENTRY,
      )
      await records.putLink(ADA, undefined)
      const linked = await records.listLinked(email)
      expect(linked.toSorted((a, b) => a.user.localeCompare(b.user))).toEqual([people[1], { team: 'T1', user: 'U4' }])
    })
  })

  describe('an offer', () => {
    test('is found until its time is over', async () => {
      const records = fresh()
      const code = await records.putOffer(OFFER, NOW + 10)
      expect(await records.findOffer(code, NOW)).toEqual(OFFER)
      expect(await records.findOffer(code, NOW + 9)).toEqual(OFFER)
      expect(await records.findOffer(code, NOW + 10)).toBeUndefined()
      expect(await records.takeOffer(code, NOW + 10)).toBeUndefined()
      expect(await records.findOffer('another', NOW)).toBeUndefined()
    })

    test('is taken once', async () => {
      const records = fresh()
      const code = await records.putOffer(OFFER, NOW + 10)
      const taken = await Promise.all(Array.from({ length: 5 }, () => records.takeOffer(code, NOW)))
      expect(taken.filter((offer) => offer !== undefined)).toEqual([OFFER])
      expect(await records.findOffer(code, NOW)).toBeUndefined()
    })

    test('to link is taken by one of many, with one entry, and then says that it was', async () => {
      const { records, entries } = made()
      const code = await records.putOffer(LINK, NOW + 10)
      const emails = ['ada@example.com', 'bob@example.com', 'eve@example.com']
      const taken = await Promise.all(emails.map((email) => records.takeLink(code, NOW, email, ENTRY)))
      expect(taken.filter(Boolean)).toHaveLength(1)
      expect(await records.findPerson(ADA)).toMatchObject({ email: emails[taken.indexOf(true)] })
      expect(await entries()).toMatchObject([ENTRY])
      expect(await records.findOffer(code, NOW + 60_000)).toEqual({ ...LINK, taken: true })
    })

    test('to link that is over, or is to remove, links nobody and leaves no entry', async () => {
      const { records, entries } = made()
      const codes = [await records.putOffer(LINK, NOW), await records.putOffer(OFFER, NOW + 10)]
      for (const code of codes) expect(await records.takeLink(code, NOW, 'ada@example.com', ENTRY)).toBe(false)
      expect([await records.findPerson(ADA), await entries()]).toEqual([undefined, []])
    })

    test('has a code of its own, which no command line takes for an option', async () => {
      const records = fresh()
      const codes = [await records.putOffer(OFFER, NOW), await records.putOffer(OFFER, NOW)]
      expect(new Set(codes).size).toBe(2)
      for (const code of codes) expect(code).toMatch(/^[0-9a-f]{64}$/)
    })
  })

  describe('a watch', () => {
    test('changes for whoever saw it last, and is there until it is removed', async () => {
      const records = fresh()
      expect(await records.findWatch(WATCH)).toBeUndefined()
      await records.putWatch(WATCH, NOW)
      const found = await records.findWatch(WATCH)
      expect(found?.watch).toEqual(WATCH)
      const version = found?.version ?? ''
      const changed = { ...WATCH, message: { channel: 'D1', ts: '1.1' }, sending: { hash: 'h', untilMs: 1 } }
      expect(await records.updateWatch(changed, version)).toBe(true)
      expect(await records.updateWatch(WATCH, version)).toBe(false)
      expect((await records.findWatch(WATCH))?.watch).toEqual(changed)
      await records.removeWatch(WATCH, version)
      expect((await records.findWatch(WATCH))?.watch).toEqual(changed)
      await records.removeWatch(WATCH)
      await records.removeWatch(WATCH)
      expect(await records.findWatch(WATCH)).toBeUndefined()
      expect(await records.updateWatch(WATCH, version)).toBe(false)
    })

    test('that is only made where there is none leaves the one that is there', async () => {
      const records = fresh()
      await records.createWatch(WATCH, NOW)
      await records.createWatch({ ...WATCH, awaits: 'calm' }, NOW)
      expect((await records.findWatch(WATCH))?.watch).toEqual(WATCH)
    })

    test('replaces the one before it', async () => {
      const records = fresh()
      await records.putWatch({ ...WATCH, told: 'Failed' }, NOW)
      await records.putWatch(WATCH, NOW)
      expect((await records.findWatch(WATCH))?.watch).toEqual(WATCH)
    })

    test('is each person’s own, and is listed with the others of its agent until it is over', async () => {
      const records = fresh()
      const others = { ...WATCH, person: { team: 'T1', user: 'U2' } }
      await records.putWatch(WATCH, NOW + 10)
      await records.putWatch(others, NOW + 20)
      await records.putWatch({ ...WATCH, uid: 'bbbbbbbbbb' }, NOW + 20)
      const listed = async (nowMs: number) =>
        (await records.listWatches('acme', WATCH.uid, nowMs)).map(({ watch }) => watch.person.user).toSorted()
      expect([await listed(NOW), await listed(NOW + 10)]).toEqual([['U1', 'U2'], ['U2']])
      const [kept] = await records.listWatches('acme', WATCH.uid, NOW + 10)
      expect(kept).toEqual(await records.findWatch(others))
      await records.removeWatch(WATCH)
      expect((await records.findWatch(others))?.watch).toEqual(others)
    })
  })
}
