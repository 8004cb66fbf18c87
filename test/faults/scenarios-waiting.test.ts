import { expect, test } from 'vitest'
import { emptyScene, settled } from './cast.ts'
import { PLANE, stage } from './stage.ts'

/** What ten minutes with a step that cannot succeed cost, when its message came so many times. */
async function waitingCosts(duplicates: number): Promise<{ published: number; timers: number; effects: number }> {
  const { put, driver, world } = await emptyScene()
  world.cloud.broken.set('identity.create', 'Unavailable')
  const ada = put('ada')
  await driver.forMs(500)
  expect(world.store.agentStatus(ada.uid)?.steps['identity']?.state).toBe('waiting')
  for (let i = 0; i < duplicates; i++) world.queue.push({ message: { ref: ada, step: 'identity' } })
  await driver.forMs(0)
  const timers = world.timers.size
  const writes = world.store.statusWrites
  for (let i = 0; i < duplicates; i++) world.deliver({ message: { ref: ada, step: 'identity' } })
  await driver.forMs(0)
  expect(world.store.statusWrites).toBe(writes)
  await driver.forMs(10 * 60_000)
  return { published: world.published, timers, effects: world.effects }
}

test('14. duplicates of a waiting step multiply neither timers nor messages', async () => {
  const alone = await waitingCosts(0)
  const crowded = await waitingCosts(200)
  expect(crowded.timers).toBe(alone.timers)
  // Waits differ by a tenth: in ten minutes one may fit in more.
  expect(Math.abs(crowded.published - alone.published)).toBeLessThanOrEqual(1)
  expect(alone.published).toBeLessThan(40)
})

test('14. a step whose news is on its way is asked for every five seconds, a tenth more or less', async () => {
  const { put, driver, world } = await emptyScene()
  world.cloud.broken.set('identity.create', 'Propagating')
  world.trace = []
  const ada = put('ada')
  await driver.forMs(10 * 60_000)
  const asked = world.trace
    .filter((line) => line.includes(' identity.create '))
    .map((line) => Number.parseInt(line, 10))
  const waits = asked.slice(1).map((atMs, n) => atMs - (asked[n] ?? 0))
  expect(Math.max(...waits)).toBeLessThanOrEqual(1.1 * 5_000)
  // The first three are one, two and four seconds.
  expect(Math.min(...waits.slice(3))).toBeGreaterThanOrEqual(0.9 * 5_000)
  expect(asked.length).toBeLessThanOrEqual(4 + (10 * 60_000) / (0.9 * 5_000))
  expect(world.timers.size).toBeLessThan(8)
  world.cloud.broken.clear()
  await driver.forMs(60_000)
  expect(world.store.agentStatus(ada.uid)?.phase).toBe('Ready')
  await settled({ driver, world })
})

test('14. duplicates that arrive together when the wait is over begin one attempt', async () => {
  const { put, driver, world } = await emptyScene()
  world.cloud.broken.set('identity.create', 'Propagating')
  const ada = put('ada')
  await driver.forMs(500)
  const before = world.store.agentStatus(ada.uid)?.steps['identity']
  world.nowMs = before?.notBeforeMs ?? 0
  world.trace = []
  for (let i = 0; i < 50; i++) world.deliver({ message: { ref: ada, step: 'identity' } })
  await driver.forMs(0)
  const after = world.store.agentStatus(ada.uid)?.steps['identity']
  expect(after?.attempt).toBe((before?.attempt ?? 0) + 1)
  expect(world.trace.filter((line) => line.includes(' identity.create '))).toHaveLength(1)
  expect(world.timers.size).toBeLessThan(8)
})

test('14. an agent that waits a day for its plane asks no more than once a minute, and is made once the plane stands', async () => {
  const { put, putPlane, driver, phase, world } = stage()
  world.cloud.broken.set('plane.missingGrants', 'Denied')
  putPlane()
  const ada = put('ada')
  await driver.forMs(10 * 60_000)
  expect(phase(ada)).toBe('Pending')
  const published = world.published
  await driver.forMs(24 * 60 * 60_000)
  expect(world.published - published).toBeLessThan(2 * 24 * 60)
  world.cloud.broken.clear()
  putPlane({ ...PLANE, retry: 1 })
  await driver.forMs(5 * 60_000)
  expect(phase(ada)).toBe('Ready')
  await settled({ driver, world })
})
