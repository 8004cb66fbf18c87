import { expect, test } from 'vitest'
import { googlePrices } from '../../shared/gcp/prices.ts'
import type { Costly } from '../../shared/lifecycle/cost.ts'
import { costSoFar } from '../../shared/lifecycle/cost-so-far.ts'
import type { Times } from '../../shared/lifecycle/cost-so-far.ts'

const AGENT: Costly = { region: 'us-east4', machineType: 'e2-medium', state: 'running', secrets: 2, machines: 1 }
const at = (text: string): number => Date.parse(`2026-${text}Z`)
/** Ten days into a month, of an agent from the month before. */
const TIMES: Times = { nowMs: at('09-11T00:00'), createdAtMs: at('08-20T12:00') }

const soFar = (fields: Partial<Costly> = {}, times: Partial<Times> = {}) =>
  costSoFar(googlePrices, { ...AGENT, ...fields }, { ...TIMES, ...times })

const RAN = 'as if its machine had run all the time'
const STOOD = 'its machine stood still'
const KEPT = 'its disk alone was kept'
const until = (text: string): string => `as if its machine had run until 2026-${text}:00.000Z`

// Of an hour: 0.0441354 of running, 3.42 / 730 of standing still, 1.1 / 730 of a disk that alone was kept.
test.each<[string, Partial<Costly>, Partial<Times>, number, string]>([
  ['runs since last month', {}, {}, 11.72, RAN],
  ['was made two days ago', {}, { createdAtMs: at('09-09T00:00') }, 2.34, RAN],
  ['was made this moment', {}, { createdAtMs: at('09-11T00:00') }, 0, RAN],
  ['was made by a clock that is ahead', {}, { createdAtMs: at('09-11T01:00') }, 0, RAN],
  ['runs while a month begins', {}, { nowMs: at('09-01T00:00') }, 0, RAN],
  ['runs for an hour of a month', {}, { nowMs: at('10-01T01:00') }, 0.05, RAN],
  ['ran through a month of 31 days', {}, { nowMs: at('10-31T23:59:59.999') }, 36.32, RAN],
  ['runs again after a stop', {}, { stillSinceMs: at('09-05T00:00') }, 11.72, RAN],
  ['stands still since last month', { state: 'stopped' }, { stillSinceMs: at('08-21T00:00') }, 1.12, STOOD],
  [
    'stands still since the fifth',
    { state: 'stopped' },
    { stillSinceMs: at('09-05T00:00') },
    5.36,
    until('09-05T00:00'),
  ],
  ['is being stopped', { state: 'stopped' }, {}, 11.72, until('09-11T00:00')],
  [
    'stands still since a time to come',
    { state: 'stopped' },
    { stillSinceMs: at('12-01T00:00') },
    11.72,
    until('09-11T00:00'),
  ],
  ['never ran', { state: 'stopped' }, { createdAtMs: at('09-09T00:00'), stillSinceMs: at('09-09T00:00') }, 0.22, STOOD],
  ['was removed last month', { state: 'kept' }, { stillSinceMs: at('08-21T00:00') }, 0.36, KEPT],
  ['was removed on the fifth', { state: 'kept' }, { stillSinceMs: at('09-05T00:00') }, 4.9, until('09-05T00:00')],
])('an agent that %s has come to so much this month', (_, fields, times, usd, assumption) => {
  expect(soFar(fields, times)).toMatchObject({ usd, assumption })
})

test.each<[string, Partial<Times>, string]>([
  ['the month, by UTC', {}, '2026-09-01T00:00:00.000Z'],
  ['its making, when that was in it', { createdAtMs: at('09-09T10:00') }, '2026-09-09T10:00:00.000Z'],
  ['the year', { nowMs: Date.parse('2027-01-01T00:30Z') }, '2027-01-01T00:00:00.000Z'],
])('what it has come to counts from the beginning of %s', (_, times, since) => {
  expect(soFar({}, times)).toMatchObject({ since })
})

test.each<Partial<Costly>>([{ machineType: 'n2-standard-4' }, { region: 'mars-north1' }])(
  'what has no price has come to nothing that is known: %j',
  (fields) => {
    expect(soFar(fields)).toBe(undefined)
  },
)

test('a longer time never costs less', () => {
  const usd = [1, 5, 9, 10, 20, 29].map((day) => soFar({}, { nowMs: Date.UTC(2026, 8, day, 12) })?.usd ?? 0)
  expect(usd).toEqual(usd.toSorted((a, b) => a - b))
})
