import { expect, test } from 'vitest'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import { desired } from '../../shared/steps/steps.ts'
import { NOW_MS } from '../fakes/builders.ts'
import { MADE, stand, subjectOf } from './stand.ts'

const resources = { ...MADE, machine: { id: 'machine-1', startedAtMs: NOW_MS - 5_000, generation: 'g2' } }

const aLease = (fields: Partial<Lease> = {}): Lease => ({
  instanceId: 'machine-1',
  sub: 'account-1',
  iatS: NOW_MS / 1000,
  seenAtMs: NOW_MS,
  ready: true,
  failing: [],
  appliedGeneration: 'g2',
  ...fields,
})

test.each<[string, Lease | undefined, string, string | undefined]>([
  ['none', undefined, 'waiting', 'AwaitingHeartbeat'],
  ['one from another machine', aLease({ instanceId: 'machine-0' }), 'waiting', 'AwaitingHeartbeat'],
  ['one from another account', aLease({ sub: 'account-0' }), 'waiting', 'AwaitingHeartbeat'],
  ['one from before the start', aLease({ iatS: NOW_MS / 1000 - 6 }), 'waiting', 'AwaitingHeartbeat'],
  ['one with the former configuration', aLease({ appliedGeneration: 'g1' }), 'waiting', 'ConfigurationPending'],
  ['one that is not ready', aLease({ ready: false, failing: ['telegram'] }), 'waiting', 'GatewayNotReady'],
  ['one that is right', aLease(), 'ready', undefined],
])('with %s as the last heartbeat, OpenClaw is so', async (_, lease, is, reason) => {
  const outcome = await stand().tryStep('runtime', { resources, ...(lease && { lease }) })
  expect(outcome).toMatchObject(reason === undefined ? { is } : { is, reason })
})

test('what is failing is said to whoever waits', async () => {
  const outcome = await stand().tryStep('runtime', {
    resources,
    lease: aLease({ ready: false, failing: ['telegram', 'model'] }),
  })
  expect(outcome).toMatchObject({ message: 'not ready: telegram, model' })
})

test('proof makes the agent alive', async () => {
  const outcome = await stand().tryStep('runtime', { resources, lease: aLease() })
  expect(outcome).toMatchObject({ conditions: { Alive: { status: 'True', reason: 'HeartbeatVerified' } } })
})

test('another machine, start, account or configuration has to be proven anew', () => {
  const wants = [
    resources,
    { ...resources, machine: { ...resources.machine, id: 'machine-2' } },
    { ...resources, machine: { ...resources.machine, startedAtMs: NOW_MS } },
    { ...resources, machine: { ...resources.machine, generation: 'g3' } },
    { ...resources, identity: { id: 'account-2', email: 'ada@acme' } },
  ].map((resources) => JSON.stringify(desired('runtime', subjectOf({ resources }))))
  expect(new Set(wants).size).toBe(wants.length)
})

test('there is nothing of it to take away', async () => {
  expect(await stand().tryStep('runtime', { resources }, 'gone')).toEqual({ is: 'removed', retained: [] })
})
