import { expect, test } from 'vitest'
import { LEASE_GRACE_MS, LEASE_MS } from '../../shared/lifecycle/definition.ts'
import { ORPHANS_PER_SWEEP, orphansOf, orphanStatus } from '../../shared/lifecycle/orphans.ts'
import { aPlaneSpec, aPlaneStatus, NOW_MS } from '../fakes/builders.ts'

const AGE_MS = 2 * (LEASE_MS + LEASE_GRACE_MS)
const OLD_MS = NOW_MS - AGE_MS - 1

test.each<[string, Record<string, number>, Record<string, number>, string[], string[]]>([
  ['nothing', {}, {}, [], []],
  ['something old, for the first time', { a: OLD_MS }, {}, [], ['a']],
  ['something old, once more', { a: OLD_MS }, { a: NOW_MS - 60_000 }, ['a'], []],
  ['something young, once more', { a: OLD_MS + 1 }, { a: NOW_MS - 60_000 }, [], ['a']],
  ['nothing of what was seen before', {}, { a: NOW_MS - 60_000 }, [], []],
])('a sweep that finds %s', (_, unknown, remembered, remove, remember) => {
  const verdict = orphansOf(new Map(Object.entries(unknown)), remembered, NOW_MS)
  expect([verdict.remove, Object.keys(verdict.remember)]).toEqual([remove, remember])
})

test('at most so many are removed by one sweep, the same ones whatever the order of the listing', () => {
  const uids = Array.from({ length: 12 }, (_, i) => `uid${String.fromCodePoint(97 + i)}`)
  const remembered = Object.fromEntries(uids.map((uid) => [uid, 1]))
  const listed = (order: readonly string[]) => orphansOf(new Map(order.map((uid) => [uid, OLD_MS])), remembered, NOW_MS)
  const { remove, remember } = listed(uids)
  expect(remove).toEqual(uids.slice(0, ORPHANS_PER_SWEEP))
  expect(remember).toEqual(Object.fromEntries(uids.slice(ORPHANS_PER_SWEEP).map((uid) => [uid, 1])))
  expect(listed(uids.toReversed()).remove).toEqual(remove)
})

test('when something was first seen is not forgotten while it is remembered', () => {
  expect(orphansOf(new Map([['a', NOW_MS]]), { a: 42 }, NOW_MS).remember).toEqual({ a: 42 })
  expect(orphansOf(new Map([['a', NOW_MS]]), {}, NOW_MS).remember).toEqual({ a: NOW_MS })
})

test('an orphan is an agent that is being removed, where it was found, its disk kept like any other', () => {
  const plane = aPlaneStatus({ accepted: aPlaneSpec({ retentionDays: 2 }) })
  const createdAt = new Date(NOW_MS).toISOString()
  expect(orphanStatus(plane, 'lostaaaaa2', ['us-east4-c', 'us-east4-b'], createdAt, NOW_MS)).toMatchObject({
    uid: 'lostaaaaa2',
    name: 'orphan-lostaaaaa2',
    planeUid: plane.uid,
    target: 'absent',
    phase: 'Removing',
    pinned: { backend: 'vm', project: 'acme-project', zone: 'us-east4-c', left: ['us-east4-b'] },
    purgeAtMs: NOW_MS + 2 * 86_400_000,
  })
  expect(orphanStatus(plane, 'lostaaaaa2', [], createdAt, NOW_MS)?.pinned?.zone).toBe('us-east4-a')
  const { pinned: _, ...unpinned } = plane
  expect(orphanStatus(unpinned, 'lostaaaaa2', [], createdAt, NOW_MS)).toBeUndefined()
})
