import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { planePath } from '../../shared/documents/uid.ts'
import { specPath } from '../../shared/gcp/firestore-snapshots.ts'
import { microsOf } from '../../shared/gcp/firestore-values.ts'
import { agentFields, planeFields } from '../contract/statuses.ts'
import { until } from '../fakes/instant-until.ts'
import { chainOfFile } from './chain-plane.ts'

type Fields = Readonly<Record<string, unknown>>

/** What is wrong, and how the refusal begins: with the field's name. */
const BAD: readonly (readonly [what: string, fields: Fields, message: string])[] = [
  ['an unknown field', { colour: 'red' }, 'colour is not a known field'],
  ['a bad e-mail', { owner: 'ada' }, 'owner must be an e-mail address'],
  ['a group for an owner', { owner: 'group:all@acme.com' }, 'owner must be one person'],
  ['everybody for an owner', { owner: 'allUsers' }, 'owner must be one person'],
  [
    'a value for the name of a secret',
    { secrets: ['sk-proj-a1b2c3d4e5f6g7h8'] },
    'secrets.0 looks like a secret value',
  ],
  ['a machine that is too small', { machineType: 'e2-micro' }, 'machineType must be e2-small or larger'],
  ['more than is accepted', { labels: { note: 'x'.repeat(70_000) } }, 'spec is '],
]

const { plane: chain } = chainOfFile()
let acme: PlaneRef
let bystander: AgentRef

const isReady = ({ phase }: AgentStatus): boolean => phase === 'Ready'
const isFailed = ({ phase }: AgentStatus): boolean => phase === 'Failed'

async function readyPlane(name: string): Promise<PlaneRef> {
  const ref = await chain().putPlane(name, planeFields)
  await chain().untilPlane(ref, ({ phase }) => phase === 'Ready')
  return ref
}

async function readyAgent(plane: PlaneRef, name: string, fields: Fields = {}): Promise<AgentRef> {
  const ref = await chain().putAgent(plane, name, { ...agentFields, ...fields })
  await chain().untilAgent(ref, isReady)
  return ref
}

/** Edits a spec as somebody who writes to Firestore directly; its new generation. */
const edit = async (ref: AgentRef, fields: Fields): Promise<string> =>
  microsOf((await chain().firestore.doc(specPath(ref)).update(fields)).writeTime)

const invalid = (status: AgentStatus): string | undefined => status.conditions['SpecInvalid']?.message

beforeAll(async () => {
  acme = await readyPlane('acme')
  bystander = await readyAgent(acme, 'bystander')
})

describe('a new agent written to Firestore directly', () => {
  test.each(BAD)('with %s fails and says so', async (what, fields, message) => {
    const ref = await chain().putAgent(acme, `bad-${BAD.findIndex(([other]) => other === what)}`, {
      ...agentFields,
      ...fields,
    })
    const status = await chain().untilAgent(ref, isFailed)
    expect(invalid(status)?.slice(0, message.length)).toBe(message)
    expect(chain().cloud.leftOf(ref.uid)).toEqual([])
  })

  test.each(['Ada', 'ada_lovelace', 'a'.repeat(41), '-ada'])('under the name %s fails and says so', async (name) => {
    const ref = await chain().putAgent(acme, name, agentFields)
    expect(invalid(await chain().untilAgent(ref, isFailed))).toMatch(/^name must be 1 to 40 lower-case letters/)
  })

  test('becomes Ready once it is mended', async () => {
    const ref = await chain().putAgent(acme, 'mended', { owner: 'nobody' })
    await chain().untilAgent(ref, isFailed)
    await edit(ref, agentFields)
    expect((await chain().untilAgent(ref, isReady)).conditions['SpecInvalid']).toBeUndefined()
  })

  test('for a plane that does not exist fails, and becomes Ready when the plane comes', async () => {
    const nowhere: PlaneRef = { kind: 'plane', plane: 'nowhere', uid: 'aaaaaaaaaa' }
    const ref = await chain().putAgent(nowhere, 'early', agentFields)
    expect(invalid(await chain().untilAgent(ref, isFailed))).toBe('plane "nowhere" does not exist; create it first')
    await readyPlane('nowhere')
    expect(await chain().sweep()).toBe(204)
    await chain().untilAgent(ref, isReady)
  })

  test('for a plane that is closing fails, and the plane still closes', async () => {
    const plane = await readyPlane('dusk')
    const last = await readyAgent(plane, 'last')
    await chain().firestore.doc(planePath('dusk')).update({ desiredState: 'removed' })
    await chain().untilPlane(plane, ({ target }) => target === 'absent')
    const late = await chain().putAgent(plane, 'late', agentFields)
    expect(invalid(await chain().untilAgent(late, isFailed))).toMatch(/^plane "dusk" is closing/)
    for (const ref of [late, last]) await edit(ref, { desiredState: 'removed', purge: true })
    await chain().untilPlane(plane, ({ phase }) => phase === 'Purged')
  })
})

describe('an edit of a running agent written to Firestore directly', () => {
  test.each(BAD)('with %s is told of, and changes nothing', async (what, fields, message) => {
    const { cloud, untilAgent } = chain()
    const ref = await readyAgent(acme, `good-${BAD.findIndex(([other]) => other === what)}`)
    const changed: string[] = []
    cloud.onMutation.push((method, uid) => void (uid === ref.uid && changed.push(method)))
    const before = await untilAgent(ref, isReady)
    const spec = chain().firestore.doc(specPath(ref))
    const good = (await spec.get()).data() ?? {}
    await edit(ref, fields)
    const after = await untilAgent(ref, (status) => invalid(status) !== undefined)
    expect(invalid(after)?.slice(0, message.length)).toBe(message)
    expect(after).toMatchObject({ phase: 'Degraded', accepted: before.accepted, resources: before.resources })
    expect(changed).toEqual([])
    await spec.set(good)
    await untilAgent(ref, (status) => isReady(status) && status.conditions['SpecInvalid'] === undefined)
  })

  test('that is too large for an event is told of by the sweep', async () => {
    const ref = await readyAgent(acme, 'growing')
    await edit(ref, { notes: 'x'.repeat(600_000) })
    expect(await chain().sweep()).toBe(204)
    const status = await chain().untilAgent(ref, ({ phase }) => phase === 'Degraded')
    expect(invalid(status)).toMatch(/^spec is 600\d+ bytes; at most 65536 are accepted$/)
  })

  test('that removes it is honoured however bad the rest is', async () => {
    const ref = await readyAgent(acme, 'leaving')
    await edit(ref, { desiredState: 'removed', purge: true, owner: 'allUsers', colour: 'red' })
    await chain().untilAgent(ref, ({ phase }) => phase === 'Purged')
    expect(chain().cloud.leftOf(ref.uid)).toEqual([])
  })

  test('that names another owner is refused, and nobody else gets in', async () => {
    const { cloud, untilAgent } = chain()
    const ref = await readyAgent(acme, 'coveted')
    await edit(ref, { owner: 'mallory@acme.com' })
    const { conditions } = await untilAgent(ref, (status) => status.conditions['SpecRejected'] !== undefined)
    expect(conditions['SpecRejected']?.message).toMatch(/^owner cannot be changed from ada@acme.com/)
    expect([...cloud.access.values()].filter(({ uid }) => uid === ref.uid)).toMatchObject([{ owner: 'ada@acme.com' }])
  })
})

describe('a name that is taken', () => {
  test('and written over belongs to another agent, once the first is gone', async () => {
    const { cloud, putAgent, sweep, untilAgent } = chain()
    const first = await readyAgent(acme, 'twice')
    const second = await putAgent(acme, 'twice', { owner: 'bob@acme.com' })
    expect(second.uid).not.toBe(first.uid)
    expect(await sweep()).toBe(204)
    const { conditions } = await untilAgent(first, ({ phase }) => phase === 'Removed')
    expect(conditions['Superseded']?.status).toBe('True')
    await untilAgent(second, isReady)
    expect(cloud.leftOf(first.uid)).toEqual(['disk'])
  })

  test('by an agent that is being removed waits for it', async () => {
    const { cloud, firestore, putAgent, untilAgent } = chain()
    const first = await readyAgent(acme, 'again')
    cloud.broken.set('machines.delete', 'Unavailable')
    await edit(first, { desiredState: 'removed', purge: true })
    await untilAgent(first, ({ steps }) => steps['machine']?.reason === 'Unavailable')
    const second = await putAgent(acme, 'again', agentFields)
    expect((await firestore.doc(`planes/acme/agentStatus/${second.uid}`).get()).exists).toBe(false)
    cloud.broken.clear()
    await untilAgent(first, ({ phase }) => phase === 'Purged')
    await untilAgent(second, isReady)
    await until(firestore.doc(specPath(second)), z.unknown(), (spec) => spec !== undefined)
  })
})

test('every other agent went on', async () => {
  const generation = await edit(bystander, { labels: { still: 'here' } })
  const status = await chain().untilAgent(bystander, ({ observedGeneration }) => observedGeneration === generation)
  expect(status.phase).toBe('Ready')
})
