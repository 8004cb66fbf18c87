import type { CloudEvent } from '@google-cloud/functions-framework'
import { describe, expect, test } from 'vitest'
import { onAgentWritten } from '../../functions/on-agent-written.ts'
import { onPlaneWritten } from '../../functions/on-plane-written.ts'
import { step } from '../../functions/step.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import type { StepMessage } from '../../shared/documents/message.ts'
import { agentFields } from '../contract/statuses.ts'
import { subject } from './subject.ts'

const event = (fields: Readonly<Record<string, unknown>>): CloudEvent<unknown> =>
  fields as unknown as CloudEvent<unknown>

const published = (json: unknown): CloudEvent<unknown> =>
  event({ data: { message: { data: Buffer.from(JSON.stringify(json)).toString('base64') } } })

const stranger: AgentRef = { kind: 'agent', plane: 'acme', planeUid: 'aaaaaaaaaa', name: 'eve', uid: 'bbbbbbbbbb' }
const message = (fields: Readonly<Record<string, unknown>> = {}): object => ({
  ref: stranger,
  step: 'identity',
  ...fields,
})

const claims = {
  sub: '1',
  email: 'ada@acme.com',
  instanceId: '1',
  zone: 'z',
  projectId: 'p',
  projectNumber: '1',
  iatS: 1,
}
const body = { appliedGeneration: 'g', ready: true, failing: [], first: true }

describe('a step', () => {
  test.each([
    ['is no Pub/Sub event', event({ data: 'text' }), 'message.unreadable step-identity'],
    ['has no data', event({}), 'message.unreadable step-identity'],
    ['is not base64', event({ data: { message: { data: '{}' } } }), 'message.unreadable step-identity'],
    ['is not JSON', event({ data: { message: { data: 'YWxpdmU=' } } }), 'message.unreadable step-identity'],
    ['names an unknown step', published(message({ step: 'laundry' })), 'message.unreadable step-identity'],
    ['names no agent', published({ step: 'identity' }), 'message.unreadable step-identity'],
    ['carries more than it should', published(message({ owner: 'eve@acme.com' })), 'message.unreadable step-identity'],
    [
      'names somebody impossible',
      published(message({ ref: { ...stranger, uid: '../x' } })),
      'message.unreadable step-identity',
    ],
    ['is meant for another function', published(message({ step: 'disk' })), 'message.misplaced step-identity'],
    ['names a missing agent', published(message()), 'message.nobody'],
  ])('acknowledges and logs a message that %s', async (_, received, line) => {
    const { world, lines, ports } = subject()
    await step('step-identity', ports)(received)
    expect(lines).toEqual([`warn ${line}`])
    expect(world.published).toBe(0)
  })

  test('fails when the engine does, so that the message comes again', async () => {
    const { world, ada, ports } = subject()
    world.effect = () => Promise.reject(new Error('Firestore is away'))
    const received = published({ ref: ada, step: 'identity' } satisfies StepMessage)
    await expect(step('step-identity', ports)(received)).rejects.toThrow('Firestore is away')
  })

  test('of a heartbeat that nobody sent does nothing', async () => {
    const { lines, ports } = subject()
    await step('step-runtime', ports)(published({ heartbeat: { claims, body, receivedAtMs: 1 } }))
    const email = 'ap-aaaaaaaaaa-bbbbbbbbbb@p.iam.gserviceaccount.com'
    await step('step-runtime', ports)(published({ heartbeat: { claims: { ...claims, email }, body, receivedAtMs: 1 } }))
    expect(lines).toEqual(['warn heartbeat.unknown', 'warn heartbeat.unknown'])
  })

  test('takes no heartbeat but that of `runtime`', async () => {
    const { lines, ports } = subject()
    await step('step-machine', ports)(published({ heartbeat: { claims, body, receivedAtMs: 1 } }))
    expect(lines).toEqual(['warn message.misplaced step-machine'])
  })
})

describe('a written document', () => {
  test('gets a status', async () => {
    const { world, plane, ada, ports } = subject()
    await onPlaneWritten(ports)(event({ document: 'planes/acme' }))
    await onAgentWritten(ports)(event({ document: 'planes/acme/agents/ada' }))
    expect(world.store.status(plane.uid)).toMatchObject({ kind: 'plane', name: 'acme' })
    expect(world.store.status(ada.uid)).toMatchObject({ kind: 'agent', name: 'ada' })
    expect(world.queue.map(({ message: { step: wanted } }) => wanted)).toContain('services')
  })

  test('of a plane that does not exist gets a status that says so', async () => {
    const { world, ports } = subject()
    const { uid } = world.store.putAgent('nowhere', 'eve', agentFields)
    await onAgentWritten(ports)(event({ document: 'planes/nowhere/agents/eve' }))
    expect(world.store.status(uid)).toMatchObject({ phase: 'Failed' })
  })

  test('that is gone means nothing', async () => {
    const { world, lines, ports } = subject()
    await onPlaneWritten(ports)(event({ document: 'planes/gone' }))
    await onAgentWritten(ports)(event({ document: 'planes/acme/agents/gone' }))
    expect([lines, world.store.statuses.size]).toEqual([[], 0])
  })

  test.each([undefined, '', 'planes', 'planes/acme/members/eve', 'planes/acme/agents/ada/x/y'])(
    'at %s is none of ours',
    async (document) => {
      const { lines, ports } = subject()
      await onPlaneWritten(ports)(event({ document }))
      await onAgentWritten(ports)(event({ document }))
      expect(lines).toEqual(['warn event.unreadable onPlaneWritten', 'warn event.unreadable onAgentWritten'])
    },
  )
})
