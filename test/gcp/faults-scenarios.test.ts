import { expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import type { Break } from './fleet-breaks.ts'
import type { Fleet } from './fleet.ts'
import { aFleet } from './fleet.ts'
import { ADDED, AGENT, aPlane, isOver, pictureOf, PLANE, REMOVED, turnPage } from './fleet-life.ts'
import type { Chapter } from './fleet-life.ts'

const LARGER: Chapter = { name: 'edit', fields: { ...AGENT, machineType: 'e2-standard-2' }, phase: 'Ready' }

const machineOf = ({ cloud }: Fleet, uid: string) =>
  cloud.world.store.list('instances', 'projects/').find(({ name }) => name.includes(uid))?.body

const typeOf = (fleet: Fleet, uid: string): string | undefined =>
  asText(machineOf(fleet, uid)?.['machineType']).split('/').at(-1)

const stalledAt = (path: string): Break => ({
  fate: 'stalled',
  matches: ({ line }) => line.startsWith('POST ') && line.endsWith(path),
})

test('5. an edit that comes while something is being made is met before the agent is Ready with it', async () => {
  const fleet = await aFleet()
  await aPlane(fleet)
  const paths = ['/instances', '/disks', '/serviceAccounts', '/secrets', '/addRule']
  for (const [n, path] of paths.entries()) {
    const { uid } = await turnPage(fleet, `n${n}`, ADDED, stalledAt(path))
    await fleet.until(uid, () => fleet.held() === 1)
    const ref = await turnPage(fleet, `n${n}`, LARGER)
    await fleet.release()
    await fleet.until(uid, isOver(fleet, ref, LARGER))
    expect(typeOf(fleet, uid)).toBe('e2-standard-2')
  }
  expect(fleet.doubles()).toEqual([])
})

const SLOW = {
  calls: { other: 0 },
  operations: { 'compute.instances.delete': 140_000, 'compute.instances.insert': 10_000, other: 1500 },
}

test('10. a machine that is resized, and back again while the old one is being deleted, is as small as before', async () => {
  const fleet = await aFleet({ changes: { latencies: SLOW } })
  await aPlane(fleet)
  const added = await turnPage(fleet, 'ada', ADDED)
  await fleet.until(added.uid, isOver(fleet, added, ADDED))
  const smaller = typeOf(fleet, added.uid)
  await turnPage(fleet, 'ada', LARGER)
  await fleet.until(added.uid, () => machineOf(fleet, added.uid)?.['status'] === 'STOPPING')
  const ref = await turnPage(fleet, 'ada', ADDED)
  await fleet.until(ref.uid, isOver(fleet, ref, ADDED))
  expect(typeOf(fleet, ref.uid)).toBe(smaller)
  expect(fleet.doubles()).toEqual([])
})

test.each(['/serviceAccounts', '/instances', ':setIamPolicy'])(
  '7. a plane that closes while POST …%s of an agent is under way stands until the agent is gone, and then goes',
  async (path) => {
    const fleet = await aFleet()
    const plane = await aPlane(fleet)
    const { uid } = await turnPage(fleet, 'ada', ADDED, stalledAt(path))
    await fleet.until(uid, () => fleet.held() === 1)
    await fleet.putPlane('acme', { ...PLANE, desiredState: 'removed' })
    const late = await turnPage(fleet, 'bob', ADDED)
    const laterMs = fleet.clock.nowMs() + 5 * 60_000
    await fleet.until(uid, () => fleet.clock.nowMs() > laterMs)
    expect(fleet.store.status(plane.uid)?.phase).toBe('Removing')
    await fleet.release()
    await turnPage(fleet, 'ada', REMOVED)
    await turnPage(fleet, 'bob', REMOVED)
    await fleet.until(plane.uid, ({ phase }) => phase === 'Purged')
    for (const one of [uid, late.uid, plane.uid]) expect(pictureOf(fleet, one)).toEqual([])
  },
)
