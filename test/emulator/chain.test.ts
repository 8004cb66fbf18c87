import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { DEAD_LETTER_TOPIC, agentSteps } from '../../shared/documents/topics.ts'
import { specPath, statusPath } from '../../shared/gcp/firestore-snapshots.ts'
import { microsOf } from '../../shared/gcp/firestore-values.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { agentFields, planeFields } from '../contract/statuses.ts'
import { until } from '../fakes/instant-until.ts'
import { PATIENT } from '../fakes/patience.ts'
import { chainOfFile } from './chain-plane.ts'

/** How often publishing the next look at one agent's machine still fails, by name. */
const unpublishable = new Map<string, number>()

const failing = (ports: Ports): Ports => ({
  ...ports,
  bus: {
    ...ports.bus,
    publish: async (messages) => {
      for (const { ref, step } of messages) {
        const name = ref.kind === 'agent' && step === 'machine' ? ref.name : ''
        const left = unpublishable.get(name) ?? 0
        if (left === 0) continue
        unpublishable.set(name, left - 1)
        throw new Error('Pub/Sub is away')
      }
      await ports.bus.publish(messages)
    },
  },
})

const { plane: chain, entries } = chainOfFile(failing)
let acme: PlaneRef

beforeAll(async () => {
  acme = await chain().putPlane('acme', planeFields)
  await chain().untilPlane(acme, ({ phase }) => phase === 'Ready')
})

const isReady = ({ phase }: AgentStatus): boolean => phase === 'Ready'

/** An agent that is Ready. */
async function readyAgent(name: string): Promise<AgentRef> {
  const ref = await chain().putAgent(acme, name, agentFields)
  await chain().untilAgent(ref, isReady)
  return ref
}

/** Edits a spec as a person would; its new generation. */
const edit = async (ref: AgentRef, fields: Record<string, unknown>): Promise<string> =>
  microsOf((await chain().firestore.doc(specPath(ref)).update(fields)).writeTime)

const machineOf = ({ uid }: AgentRef) => [...chain().cloud.machines.values()].find((machine) => machine.uid === uid)

const eventually = (check: () => void) => vi.waitFor(check, PATIENT)

describe('an agent', () => {
  test('that is written becomes Ready', async () => {
    const written = await chain().putAgent(acme, 'ada', { ...agentFields, secrets: ['notes'] })
    const status = await chain().untilAgent(written, isReady)
    const spec = await chain().firestore.doc(specPath(written)).get()
    expect(status.observedGeneration).toBe(spec.updateTime && microsOf(spec.updateTime))
    expect(agentSteps.map((step) => status.steps[step]?.state)).toEqual(agentSteps.map(() => 'ready'))
    expect(status.conditions['Alive']).toMatchObject({ status: 'True', reason: 'HeartbeatVerified' })
    expect(chain().cloud.leftOf(written.uid)).toEqual(['account', 'secret', 'disk', 'machine', 'access'])
    expect(status.resources['machine']?.['id']).toBe(machineOf(written)?.id)
  })

  test('that is edited becomes Ready at the new generation', async () => {
    const ref = await readyAgent('bob')
    const former = machineOf(ref)?.id
    const generation = await edit(ref, { machineType: 'e2-standard-4', secrets: ['mail'] })
    await chain().untilAgent(ref, (status) => isReady(status) && status.observedGeneration === generation)
    expect(machineOf(ref)?.wanted.shape.machineType).toBe('e2-standard-4')
    expect(machineOf(ref)?.id).not.toBe(former)
    expect(chain().cloud.leftOf(ref.uid)).toContain('secret')
  })

  test('that is removed and purged leaves nothing, and frees its name', async () => {
    const ref = await readyAgent('eve')
    await edit(ref, { desiredState: 'removed', purge: true })
    const { retained, resources } = await chain().untilAgent(ref, ({ phase }) => phase === 'Purged')
    expect([retained, resources, chain().cloud.leftOf(ref.uid)]).toEqual([[], {}, []])
    await until(chain().firestore.doc(specPath(ref)), z.unknown(), (spec) => spec === undefined)
    const successor = await readyAgent('eve')
    expect(successor.uid).not.toBe(ref.uid)
  })

  test('whose function fails twice becomes Ready', async () => {
    const { bridge, putAgent, untilAgent } = chain()
    const { retried, deadLettered } = bridge.counts
    unpublishable.set('fay', 2)
    await untilAgent(await putAgent(acme, 'fay', agentFields), isReady)
    expect(unpublishable.get('fay')).toBe(0)
    expect(bridge.counts.retried).toBeGreaterThanOrEqual(retried + 2)
    expect(bridge.counts.deadLettered).toBe(deadLettered)
  })

  test('whose spec is too large for an event is found by the sweep, and fails with the reason', async () => {
    const { bridge, putAgent, sweep, untilAgent } = chain()
    const { dropped } = bridge.counts
    const huge = await putAgent(acme, 'huge', { ...agentFields, notes: 'x'.repeat(900_000) })
    await eventually(() => expect(bridge.counts.dropped).toBe(dropped + 1))
    expect(await sweep()).toBe(204)
    const { conditions } = await untilAgent(huge, ({ phase }) => phase === 'Failed')
    expect(conditions['SpecInvalid']?.message).toMatch(/^spec is 900\d+ bytes; at most 65536 are accepted$/)
  })
})

test('twenty agents at once are all Ready, and nothing is made twice', async () => {
  const { cloud, putAgent, untilAgent } = chain()
  const made: string[] = []
  cloud.onMutation.push((method, uid) => void (/\.(?:create|insert)$/.test(method) && made.push(`${method} ${uid}`)))
  const names = Array.from({ length: 20 }, (_, n) => `many-${n}`)
  const refs = await Promise.all(names.map((name) => putAgent(acme, name, agentFields)))
  await Promise.all(refs.map((ref) => untilAgent(ref, isReady, 150_000)))
  const wanted = refs.flatMap(({ uid }) => [`disks.create ${uid}`, `identity.create ${uid}`, `machines.insert ${uid}`])
  expect(made.toSorted()).toEqual(wanted.toSorted())
})

describe('a message', () => {
  const stranger: AgentRef = { kind: 'agent', plane: 'acme', planeUid: 'aaaaaaaaaa', name: 'eve', uid: 'bbbbbbbbbb' }

  test.each([
    ['is not JSON', 'alive?', { event: 'message.unreadable', reason: 'step-identity' }],
    ['names an unknown step', JSON.stringify({ ref: stranger, step: 'laundry' }), { event: 'message.unreadable' }],
    [
      'names a missing agent',
      JSON.stringify({ ref: stranger, step: 'identity' }),
      { event: 'message.nobody', uid: stranger.uid },
    ],
  ])('that %s is acknowledged, logged and counted', async (_, text, logged) => {
    const { bridge, pubsub } = chain()
    const { deadLettered } = bridge.counts
    const from = entries.length
    await pubsub.topic('step-identity').publishMessage({ data: Buffer.from(text) })
    const line = expect.objectContaining({ level: 'warn', count: 1, ...logged })
    await eventually(() => expect(entries.slice(from)).toContainEqual(line))
    expect(bridge.counts.deadLettered).toBe(deadLettered)
  })

  test('that no attempt can handle goes to the dead letters, and every other agent goes on', async () => {
    const { firestore, ports, pubsub, untilAgent, sweep } = chain()
    const poisoned = await readyAgent('pat')
    const letters = deadLetters(pubsub)
    await firestore.doc(statusPath(poisoned)).update({ steps: 'poison' })
    onTestFinished(async () => void (await firestore.doc(statusPath(poisoned)).delete()))
    await ports.bus.publish([{ ref: poisoned, step: 'disk' }])
    await edit(poisoned, { restart: 1 })
    const other = await readyAgent('quinn')
    const both = expect.arrayContaining(['eventarc-disk', 'eventarc-onAgentWritten'])
    await eventually(() => expect(letters).toEqual(both))
    const generation = await edit(other, { restart: 1 })
    await untilAgent(other, (status) => isReady(status) && status.observedGeneration === generation)
    expect(await sweep()).toBe(204)
  })
})

/** Which subscriptions letters came from, as they come. */
function deadLetters(pubsub: ReturnType<typeof chain>['pubsub']): readonly string[] {
  const letters: string[] = []
  const subscription = pubsub.subscription(DEAD_LETTER_TOPIC)
  onTestFinished(() => subscription.close())
  subscription.on('message', (message) => {
    message.ack()
    letters.push(String(message.attributes['CloudPubSubDeadLetterSourceSubscription']))
  })
  return letters
}
