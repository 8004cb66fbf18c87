import { expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Collection, Entry } from '../../infra/local/gcp/store.ts'
import { PROJECT } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { LifeStage } from './life-stage.ts'

const PLANE = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: ['europe-west1-b'] }
const ADA = { owner: 'ada@example.com', secrets: ['notes', 'telegram'] }

const found = ({ cloud }: LifeStage, collection: Collection, part: string | RegExp): Entry => {
  const entry = cloud.world.store.list(collection, 'projects/').find(({ name }) => name.search(part) >= 0)
  if (entry === undefined) throw new Error(`there is none of ${collection}`)
  return entry
}

const billedElsewhere = ({ labels }: JsonObject): JsonObject => ({
  labels: { ...(labels as JsonObject), 'ap-owner': 'nobody' },
})

const settingsIn = ({ body: { labels, resourcePolicies, versionDestroyTtl } }: Entry) => {
  return { labels, resourcePolicies, versionDestroyTtl }
}

/** Its name ends as its machine's does; that of a data disk does not. */
const BOOT = /-[a-z2-7]{10}$/

const DAY = 'the day in which a secret’s destroyed value comes back'

test.each([
  ['what a secret is billed by', 'secrets', 'secrets', 'notes', billedElsewhere],
  [DAY, 'secrets', 'secrets', 'notes', () => ({ versionDestroyTtl: undefined as never })],
  ['what a machine’s boot disk is billed by', 'machine', 'disks', BOOT, () => ({ labels: { theirs: 'a' } })],
  ['snapshots of the data disk', 'disk', 'disks', '-data', () => ({ resourcePolicies: [] })],
] as const)('%s: comes back once somebody took it away', async (_, step, collection, part, change) => {
  const stage = await lifeStage({})
  onTestFinished(() => stage.close())
  const { uid: planeUid } = await stage.putPlane('acme', PLANE)
  await stage.until(planeUid, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  await stage.until(uid, ({ phase }) => phase === 'Ready')
  const before = found(stage, collection, part)
  stage.cloud.world.store.put({ ...before, body: { ...before.body, ...change(before.body) } })
  await stage.until(uid, ({ steps }) => steps[step]?.state !== 'ready')
  await stage.until(uid, ({ phase, steps }) => phase === 'Ready' && steps[step]?.state === 'ready')
  expect(settingsIn(found(stage, collection, part))).toEqual(settingsIn(before))
})
