import { describe, expect, test } from 'vitest'
import { agentLabels } from '../../shared/documents/labels.ts'
import { names } from '../../shared/documents/names.ts'
import { PLACE, result, stand } from './stand.ts'
import type { Stand } from './stand.ts'
import { inZone } from '../fakes/things.ts'
import type { FakeDisk } from '../fakes/things.ts'

const NAME = names.disk(PLACE)
const LABELS = agentLabels(PLACE, 'ada@acme.com', {})

function put({ cloud }: Stand, fields: Partial<FakeDisk> = {}): void {
  const disk = { id: 'disk-9', uid: PLACE.uid, zone: PLACE.zone, madeMs: 0, ours: true, used: false, labels: LABELS }
  const made = { ...disk, ...fields }
  cloud.disks.set(inZone(made, NAME), made)
}

test.each<[string, (at: Stand) => void, string, string]>([
  ['nothing', () => {}, 'disks.create', 'ready'],
  ['a disk of ours', (at) => put(at), '', 'ready'],
  ['a disk of ours with other labels', (at) => put(at, { labels: {} }), 'disks.label', 'ready'],
  ['a disk of ours of which no snapshots are made', (at) => put(at, { unscheduled: true }), 'disks.schedule', 'ready'],
  ["somebody else's", (at) => put(at, { ours: false }), '', 'failed NameConflict'],
])('where there is %s, a disk is made so', async (_, put, did, found) => {
  const at = stand()
  put(at)
  expect(await result(at, 'disk')).toEqual([did, found])
})

test('a schedule that is not attached yet is waited for', async () => {
  const at = stand()
  put(at, { unscheduled: true })
  const backend = { ...at.backend, disks: { ...at.backend.disks, schedule: async () => {} } }
  expect(await at.tryStep('disk', { backend })).toMatchObject({ is: 'waiting', reason: 'Scheduling' })
})

test('its evidence is which disk it is, and where', async () => {
  const at = stand()
  put(at)
  expect(await at.tryStep('disk')).toMatchObject({ resource: { id: 'disk-9', zone: 'us-east4-a' } })
})

test('removal keeps the disk and says which, and a purge takes it', async () => {
  const at = stand()
  put(at)
  expect(await at.tryStep('disk', {}, 'held')).toEqual({
    is: 'removed',
    retained: [{ kind: 'disk', name: NAME, id: 'disk-9', zone: 'us-east4-a' }],
  })
  expect(at.changes).toEqual([])
  expect(await result(at, 'disk', {}, 'gone')).toEqual(['disks.delete', 'removed'])
  expect(at.cloud.disks.size).toBe(0)
})

test.each(['held', 'gone'] as const)(
  "removal (%s) leaves somebody else's disk, and nothing is retained of it",
  async (stage) => {
    const at = stand()
    put(at, { ours: false })
    expect(await at.tryStep('disk', {}, stage)).toEqual({ is: 'removed', retained: [] })
    expect(at.changes).toEqual([])
  },
)

test('a disk that is found in every zone, by a backend without any, stays where it is and is kept once', async () => {
  const at = stand()
  put(at)
  const { disks } = at.backend
  const backend = { ...at.backend, disks: { ...disks, find: () => disks.find(PLACE) } }
  const given = { backend, left: ['us-east4-b', 'us-east4-c'] }
  expect(await result(at, 'disk', given)).toEqual(['', 'ready'])
  expect(await at.tryStep('disk', given, 'held')).toMatchObject({ retained: [{ id: 'disk-9' }] })
})

describe('an agent that moved from one zone to another', () => {
  const FORMER = 'us-east4-b'
  const MOVED = { left: [FORMER] }
  const other = (fields: Partial<FakeDisk> = {}): Partial<FakeDisk> => ({ id: 'disk-8', zone: FORMER, ...fields })

  test.each<[string, readonly Partial<FakeDisk>[], string, string]>([
    ['left nothing', [], 'disks.create', 'ready'],
    ['left an empty disk', [other()], 'disks.delete disks.create', 'ready'],
    ['left an empty disk beside its new one', [other(), {}], 'disks.delete', 'ready'],
    ['left a used disk', [other({ used: true })], '', 'waiting DataElsewhere'],
    ['left a used disk beside an empty one', [other({ used: true }), {}], '', 'waiting DataElsewhere'],
    ['used a disk in both', [other({ used: true }), { used: true }], '', 'failed TwoDisks'],
    ["met somebody else's", [other({ ours: false })], 'disks.create', 'ready'],
  ])('and %s', async (_, there, did, found) => {
    const at = stand()
    for (const disk of there) put(at, disk)
    expect(await result(at, 'disk', MOVED)).toEqual([did, found])
  })

  test('goes back to where its data is', async () => {
    const at = stand()
    put(at, other({ used: true }))
    expect(await at.tryStep('disk', MOVED)).toMatchObject({ backTo: FORMER })
  })

  test('and is removed keeps what it left, until a purge takes all', async () => {
    const at = stand()
    put(at)
    put(at, other({ used: true }))
    expect(await at.tryStep('disk', MOVED, 'held')).toMatchObject({
      retained: [{ id: 'disk-9' }, { id: 'disk-8', zone: FORMER }],
    })
    expect(await result(at, 'disk', MOVED, 'gone')).toEqual(['disks.delete disks.delete', 'removed'])
    expect(at.cloud.disks.size).toBe(0)
  })
})
