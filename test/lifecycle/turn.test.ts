import { expect, test } from 'vitest'
import { inTurn } from '../../shared/lifecycle/turn.ts'

const MINUTE_MS = 60_000
const START_MS = Date.parse('2026-09-01T12:00:30Z')

/** A thousand whose looks cost from 5 to 65 each. */
const COSTS = new Map(Array.from({ length: 1000 }, (_, n) => [`uid${String(n).padStart(7, '0')}`, 5 + (n % 61)]))
const PER_MINUTE = 120
const costOf = (uids: Iterable<string>): number => [...uids].reduce((sum, uid) => sum + (COSTS.get(uid) ?? 0), 0)

/** As many minutes as it takes, or one more to make it an odd number. */
const minutes = Array.from({ length: Math.ceil(costOf(COSTS.keys()) / PER_MINUTE) | 1 }, (_, minute) => minute)

const turnsIn = (asked: readonly number[]): readonly ReadonlySet<string>[] =>
  asked.map((minute) => inTurn(COSTS, PER_MINUTE, START_MS + minute * MINUTE_MS))

test.each([
  ['as many minutes as it takes', minutes],
  ['twice as many, of which only every other one is looked at', minutes.map((minute) => 2 * minute)],
])('everybody of a thousand comes up exactly once in %s', (_, asked) => {
  const uids = turnsIn(asked).flatMap((turn) => [...turn])
  expect(uids).toHaveLength(1000)
  expect(new Set(uids).size).toBe(1000)
})

test('no minute costs more than its share and one look', () => {
  expect(Math.max(...turnsIn(minutes).map(costOf))).toBeLessThan(PER_MINUTE + 65)
})

test('of few it is always everybody’s turn', () => {
  const few = new Map([...COSTS.keys()].slice(0, 20).map((uid) => [uid, 6]))
  for (const minute of minutes) expect(inTurn(few, PER_MINUTE, START_MS + minute * MINUTE_MS).size).toBe(20)
})

test('nobody’s turn it is where there is nobody', () => {
  expect(inTurn(new Map(), PER_MINUTE, START_MS).size).toBe(0)
})
