import { expect, test } from 'vitest'
import { isTurnOf } from '../../shared/lifecycle/turn.ts'

const MINUTE_MS = 60_000
const START_MS = Date.parse('2026-09-01T12:00:30Z')
const uids = Array.from({ length: 1000 }, (_, n) => `uid${n.toString(36).padStart(7, '2')}`)
const crowd = { of: uids.length, perMinute: 20 }

const turnsIn = (minutes: readonly number[]): ReadonlyMap<string, number> =>
  new Map(
    uids.map((uid) => [uid, minutes.filter((minute) => isTurnOf(uid, crowd, START_MS + minute * MINUTE_MS)).length]),
  )

const minutes = Array.from({ length: 51 }, (_, minute) => minute)

test('everybody of a thousand comes up exactly once in as many minutes as it takes', () => {
  expect([...new Set(turnsIn(minutes).values())]).toEqual([1])
})

test('everybody comes up as well when only every other minute is looked at', () => {
  expect([...new Set(turnsIn(minutes.map((minute) => 2 * minute)).values())]).toEqual([1])
})

test('no minute has many more than its share', () => {
  const shares = minutes.map((minute) => uids.filter((uid) => isTurnOf(uid, crowd, START_MS + minute * MINUTE_MS)))
  expect(Math.max(...shares.map(({ length }) => length))).toBeLessThan(45)
})

test('of few it is always everybody’s turn', () => {
  for (const minute of minutes)
    expect(isTurnOf('uid2222222', { of: 20, perMinute: 20 }, START_MS + minute * MINUTE_MS)).toBe(true)
})
