import { expect, test } from 'vitest'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { refuseAfter } from '../../shared/ports/intent.ts'
import { attempt } from '../../shared/steps/steps.ts'
import { NOW_MS } from '../fakes/builders.ts'
import { MADE, putMade, stand, subjectOf } from './stand.ts'

const STEPS = ['identity', 'secrets', 'egress', 'disk', 'machine', 'access'] as const
const given = {
  spec: { secrets: ['notes'], egress: { mode: 'restricted', domains: ['a.com'] } },
  resources: { ...MADE, machine: { id: 'machine-1' } },
}

test('an attempt may act until its last moment, and not after it', () => {
  expect(() => refuseAfter({ op: 'op1', untilMs: NOW_MS }, NOW_MS)).not.toThrow()
  expect(() => refuseAfter({ op: 'op1', untilMs: NOW_MS }, NOW_MS + 1)).toThrow(LeaseExpired)
})

test.each(STEPS)('%s changes nothing once its lease is over', async (step) => {
  const { backend, changes } = stand()
  const intent = { op: 'op1', untilMs: NOW_MS - 1 }
  const context = {
    subject: subjectOf(given),
    intent,
    backend,
    nowMs: NOW_MS,
    attempt: 1,
    lease: async () => undefined,
  }
  await expect(attempt(step, context)).rejects.toBeInstanceOf(LeaseExpired)
  expect(changes).toEqual([])
})

test.each(STEPS)('%s done twice is done once', async (step) => {
  const at = stand()
  if (step === 'machine') putMade(at)
  const first = await at.tryStep(step, given)
  const changes = [...at.changes]
  expect(await at.tryStep(step, given)).toEqual(first)
  expect(at.changes).toEqual(changes)
})

test('a step of a plane is none of an agent', async () => {
  await expect(stand().tryStep('network')).rejects.toThrow('the step network is none of this agent')
})
