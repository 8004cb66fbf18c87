import { expect, onTestFinished, test } from 'vitest'
import { inventory } from '../../infra/local/gcp/inventory.ts'
import { typicalLatencies, typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import type { Status } from '../../shared/documents/status.ts'
import { PROJECT } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { LifeStage } from './life-stage.ts'
import { wholeListing } from './listing.ts'

const plane = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: ['europe-west1-b'] }
const ada = {
  owner: 'ada@example.com',
  secrets: ['notes'],
  channels: [{ kind: 'telegram', allowFrom: [] }],
  egress: { mode: 'restricted', domains: ['api.openai.com'] },
}

type Found = { readonly resources: readonly { readonly collection: string; readonly name: string }[] }

const all = ({ cloud }: LifeStage): readonly string[] => wholeListing(inventory(cloud.world))

/** What exists, by name. */
const standing = ({ cloud }: LifeStage): readonly string[] =>
  (inventory(cloud.world) as unknown as Found).resources.map(
    ({ collection, name }) => `${collection} ${name.split('/').at(-1) ?? ''}`,
  )

const isPhase = (phase: Status['phase']) => (status: Status) => status.phase === phase

/** Ready once more, for what was edited since. */
const isReadyAgain = (before: Status) => (status: Status) =>
  status.phase === 'Ready' && status.observedGeneration !== before.observedGeneration

async function aLife(changes: Partial<Options> = {}): Promise<LifeStage> {
  const stage = await lifeStage(changes)
  onTestFinished(() => stage.close())
  return stage
}

const typical: Partial<Options> = { latencies: typicalLatencies(1), propagation: typicalPropagation(1) }

test.each([
  ['where everything is true at once', {}],
  ['with the latencies and the propagation of the real one', typical],
])('an agent lives and goes without a trace on a cloud %s', async (_, changes) => {
  const stage = await aLife(changes)
  const empty = all(stage)
  const acme = await stage.putPlane('acme', plane)
  await stage.until(acme.uid, isPhase('Ready'))
  const shared = all(stage)
  const agent = await stage.putAgent('acme', 'ada', ada)
  const ready = await stage.until(agent.uid, isPhase('Ready'))
  expect(Object.keys(ready.resources).toSorted()).toEqual([
    'access',
    'channels',
    'disk',
    'egress',
    'identity',
    'machine',
    'runtime',
    'secrets',
  ])
  const id = `ap-${acme.uid}-${agent.uid}`
  expect(standing(stage)).toEqual(
    expect.arrayContaining([
      `accounts ${id}@${PROJECT}.iam.gserviceaccount.com`,
      `disks ${id}-data`,
      `instances ${id}`,
      `secrets ${id}-notes`,
      `secrets ${id}-telegram-bot-token`,
    ]),
  )
  const { id: machineId } = ready.resources['machine'] ?? {}

  await stage.putAgent('acme', 'ada', { ...ada, thinkingClock: { every: '30m', prompt: 'think' } })
  const edited = await stage.until(agent.uid, isReadyAgain(ready))
  expect(edited.resources['machine']).toMatchObject({ id: machineId })

  const larger = { ...ada, machineType: 'e2-standard-2' }
  await stage.putAgent('acme', 'ada', larger)
  const resized = await stage.until(agent.uid, isReadyAgain(edited))
  expect(resized.resources['machine']?.['id']).not.toBe(machineId)
  expect(resized.resources['disk']).toEqual(ready.resources['disk'])

  await stage.putAgent('acme', 'ada', { ...larger, desiredState: 'stopped' })
  await stage.until(agent.uid, isPhase('Stopped'))
  await stage.putAgent('acme', 'ada', larger)
  const restarted = await stage.until(agent.uid, isPhase('Ready'))
  expect(restarted.resources['machine']?.['id']).toBe(resized.resources['machine']?.['id'])

  await stage.putAgent('acme', 'ada', { ...larger, desiredState: 'removed', purge: true })
  await stage.until(agent.uid, isPhase('Purged'))
  expect(all(stage)).toEqual(shared)

  await stage.putPlane('acme', { ...plane, desiredState: 'removed' })
  await stage.until(acme.uid, isPhase('Purged'))
  expect(all(stage)).toEqual(empty)
})
