import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { PLACE, result, stand } from './stand.ts'
import type { Stand } from './stand.ts'

const NAME = names.disk(PLACE)

const put = ({ cloud }: Stand, ours = true): void =>
  void cloud.disks.set(NAME, { id: 'disk-9', uid: PLACE.uid, zone: 'us-east4-b', madeMs: 0, ours })

test.each<[string, (at: Stand) => void, string, string]>([
  ['nothing', () => {}, 'disks.create', 'ready'],
  ['a disk of ours', (at) => put(at), '', 'ready'],
  ["somebody else's", (at) => put(at, false), '', 'failed NameConflict'],
])('where there is %s, a disk is made so', async (_, put, did, found) => {
  const at = stand()
  put(at)
  expect(await result(at, 'disk')).toEqual([did, found])
})

test('its evidence is where it is, not where it was to be', async () => {
  const at = stand()
  put(at)
  expect(await at.tryStep('disk')).toMatchObject({ resource: { id: 'disk-9', zone: 'us-east4-b' } })
})

test('removal keeps the disk and says which, and a purge takes it', async () => {
  const at = stand()
  put(at)
  expect(await at.tryStep('disk', {}, 'held')).toEqual({
    is: 'removed',
    retained: [{ kind: 'disk', name: NAME, id: 'disk-9', zone: 'us-east4-b' }],
  })
  expect(at.changes).toEqual([])
  expect(await result(at, 'disk', {}, 'gone')).toEqual(['disks.delete', 'removed'])
  expect(at.cloud.disks.size).toBe(0)
})

test.each(['held', 'gone'] as const)(
  "removal (%s) leaves somebody else's disk, and nothing is retained of it",
  async (stage) => {
    const at = stand()
    put(at, false)
    expect(await at.tryStep('disk', {}, stage)).toEqual({ is: 'removed', retained: [] })
    expect(at.changes).toEqual([])
  },
)
