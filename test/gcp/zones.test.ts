import { expect, onTestFinished, test } from 'vitest'
import { inventory } from '../../infra/local/gcp/inventory.ts'
import type { AgentStatus, Status } from '../../shared/documents/status.ts'
import { PROJECT } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { LifeStage } from './life-stage.ts'

const plane = { project: PROJECT, region: 'europe-west1', backend: 'vm' }
const ADA = { owner: 'ada@example.com' }

type Found = { readonly resources: readonly { readonly collection: string; readonly name: string }[] }

const isPhase = (phase: Status['phase']) => (status: Status) => status.phase === phase

/** In which zones an agent's two disks and its machine stand. */
const zonesOf = ({ cloud }: LifeStage, uid: string): readonly string[] =>
  (inventory(cloud.world) as unknown as Found).resources
    .filter(({ collection, name }) => ['disks', 'instances'].includes(collection) && name.includes(uid))
    .map(({ collection, name }) => `${collection} ${/zones\/([^/]+)\//.exec(name)?.[1] ?? ''}`)
    .toSorted()

async function standingPlane(): Promise<LifeStage> {
  const stage = await lifeStage()
  onTestFinished(() => stage.close())
  const { uid } = await stage.putPlane('acme', plane)
  await stage.until(uid, isPhase('Ready'))
  return stage
}

test('an agent that Google has no room for takes the next zone of its region, and leaves nothing in the first', async () => {
  const stage = await standingPlane()
  stage.cloud.world.troubles.add({ kind: 'stockout', method: 'compute.instances.insert' })
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  const { pinned } = (await stage.until(uid, isPhase('Ready'))) as AgentStatus
  const [first, second] = pinned?.zones ?? []
  expect(pinned).toMatchObject({ zone: second, left: [first] })
  // This region has no zone a: which there are is asked of Google. https://cloud.google.com/compute/docs/regions-zones
  expect(pinned?.zones?.toSorted()).toEqual(['europe-west1-b', 'europe-west1-c', 'europe-west1-d'])
  expect(zonesOf(stage, uid)).toEqual([`disks ${second}`, `disks ${second}`, `instances ${second}`])
})

test('an agent that Google has no room to start waits where its disk is, and starts there', async () => {
  const stage = await standingPlane()
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  await stage.until(uid, isPhase('Ready'))
  await stage.putAgent('acme', 'ada', { ...ADA, desiredState: 'stopped' })
  await stage.until(uid, isPhase('Stopped'))
  const before = zonesOf(stage, uid)
  stage.cloud.world.troubles.add({ kind: 'stockout', method: 'compute.instances.start' })
  await stage.putAgent('acme', 'ada', ADA)
  const waits = await stage.until(uid, ({ steps }) => steps['machine']?.reason === 'Stockout')
  expect(waits.steps['machine']?.message).toContain('its disk holds data, so it waits for room in')
  const ready = (await stage.until(uid, isPhase('Ready'))) as AgentStatus
  expect(ready.pinned).not.toHaveProperty('left')
  expect(zonesOf(stage, uid)).toEqual(before)
})
