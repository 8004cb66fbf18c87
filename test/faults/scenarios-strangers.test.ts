import { describe, expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import type { World } from '../fakes/world.ts'
import { emptyScene, placeOf, settled } from './cast.ts'
import { AGENT } from './stage.ts'
import { inZone } from '../fakes/things.ts'

type Stranger = {
  readonly step: string
  readonly put: (world: World, ref: AgentRef) => Map<string, unknown>
}

const STRANGERS: Readonly<Record<string, Stranger>> = {
  account: {
    step: 'identity',
    put: ({ cloud, nowMs }, ref) =>
      cloud.accounts.set(names.account(placeOf(ref)), {
        id: 'theirs',
        uid: ref.uid,
        place: placeOf(ref),
        disabled: false,
        attachable: false,
        madeMs: nowMs,
        ours: false,
      }),
  },
  disk: {
    step: 'disk',
    put: ({ cloud, nowMs }, ref) =>
      cloud.disks.set(inZone(placeOf(ref), names.disk(placeOf(ref))), {
        id: 'theirs',
        uid: ref.uid,
        zone: 'us-east4-a',
        madeMs: nowMs,
        ours: false,
        used: false,
        labels: {},
      }),
  },
  secret: {
    step: 'secrets',
    put: ({ cloud, nowMs }, ref) =>
      cloud.secrets.set(names.secret(placeOf(ref), 'notes'), {
        uid: ref.uid,
        key: 'notes',
        madeMs: nowMs,
        reader: 'them',
        writer: 'them',
        hasValue: true,
        ours: false,
        labels: {},
      }),
  },
  machine: {
    step: 'machine',
    put: ({ cloud, nowMs }, ref) =>
      cloud.machines.set(inZone(placeOf(ref), names.machine(placeOf(ref))), {
        id: 'theirs',
        uid: ref.uid,
        place: placeOf(ref),
        madeMs: nowMs,
        ours: false,
        wanted: {
          shape: { machineType: 'e2-micro', openclawVersion: '', accountId: '', diskId: '' },
          configuration: { generation: '', openclaw: {} },
          labels: {},
          restart: 0,
        },
        applied: '',
        state: 'running',
        startedAtMs: 0,
        beat: false,
      }),
  },
}

describe.each(Object.entries(STRANGERS))("somebody else's %s of our name", (_, { step, put: place }) => {
  test('fails its step, is left untouched, and a retry works once it is gone', async () => {
    const { plan, put, driver, phase, world } = await emptyScene()
    plan.next('held', 'createStatus')
    const ada = put('ada')
    await driver.forMs(1)
    const strangers = place(world, ada)
    const theirs = [...strangers]
    const kept = JSON.stringify(theirs)
    await driver.release()
    await driver.forMs(60_000)
    expect(phase(ada)).toBe('Failed')
    const record = world.store.agentStatus(ada.uid)?.steps[step]
    expect(record).toMatchObject({ state: 'failed', reason: 'NameConflict' })
    expect(record?.message).toMatch(/exists and is not managed by this plane; it was left untouched/)
    await driver.sweep()
    expect(JSON.stringify([...strangers].slice(0, theirs.length))).toBe(kept)
    for (const [name] of theirs) strangers.delete(name)
    await driver.sweep()
    expect(phase(ada)).toBe('Failed')
    put('ada', { ...AGENT, retry: 1 })
    await driver.forMs(60_000)
    expect(phase(ada)).toBe('Ready')
    await settled({ driver, world })
  })

  test('is left where it is when the agent is removed', async () => {
    const { plan, put, driver, phase, world } = await emptyScene()
    plan.next('held', 'createStatus')
    const ada = put('ada')
    await driver.forMs(1)
    const strangers = place(world, ada)
    const theirs = [...strangers.values()]
    await driver.release()
    await driver.forMs(60_000)
    put('ada', { ...AGENT, desiredState: 'removed', purge: true })
    await driver.forMs(60_000)
    expect(phase(ada)).toBe('Purged')
    expect([...strangers.values()]).toEqual(theirs)
    await settled({ driver, world })
  })
})
