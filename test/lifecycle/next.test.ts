import { expect, test } from 'vitest'
import type { AgentStatus, StepStatus } from '../../shared/documents/status.ts'
import type { View } from '../../shared/documents/view.ts'
import { SPEC_MISSING_GRACE_MS } from '../../shared/lifecycle/accept-agent.ts'
import { LEASE_GRACE_MS, LEASE_MS } from '../../shared/lifecycle/definition.ts'
import { next } from '../../shared/lifecycle/next.ts'
import { desired } from '../../shared/steps/steps.ts'
import { aReadyStatus, aSpec, aView, NOW_MS, refused } from '../fakes/builders.ts'
import { quiet, summary } from './summary.ts'
import type { Row } from './summary.ts'

const all = ['identity', 'disk', 'secrets', 'egress', 'machine', 'access', 'channels', 'runtime'] as const

/** A Ready agent, save that this step stands so. */
function but(step: string, fields: Partial<StepStatus>): AgentStatus {
  const status = aReadyStatus()
  const old = status.steps[step] ?? { state: 'idle', attempt: 0 }
  return { ...status, steps: { ...status.steps, [step]: { ...old, ...fields } } }
}

/** As if it had never been Ready. */
function first(status: AgentStatus): AgentStatus {
  const { observedGeneration: _, ...rest } = status
  return rest
}

const AGENT_TABLE: readonly Row[] = [
  ['neither spec nor status', aView({ spec: undefined }), { nothing: true }],
  ['a spec', aView(), { ...quiet, phase: 'Pending', run: 'identity disk' }],
  ['identity done', made('identity'), { ...quiet, phase: 'Provisioning', run: 'disk secrets egress' }],
  ['all but the disk', made('identity', 'secrets', 'egress'), { ...quiet, phase: 'Provisioning', run: 'disk' }],
  [
    'all that a machine needs',
    made('identity', 'secrets', 'egress', 'disk'),
    { ...quiet, phase: 'Provisioning', run: 'machine' },
  ],
  [
    'a machine',
    made('identity', 'secrets', 'egress', 'disk', 'machine'),
    { ...quiet, phase: 'Provisioning', run: 'access channels runtime' },
  ],
  ['everything', made(...all), { ...quiet, phase: 'Ready' }],
  [
    'a lease that is open',
    aView({ status: first(but('runtime', { state: 'doing', untilMs: NOW_MS + LEASE_MS, op: 'op1' })) }),
    { ...quiet, phase: 'Provisioning', wake: `runtime in ${LEASE_MS + LEASE_GRACE_MS}` },
  ],
  [
    'a lease that is over, within the grace',
    aView({ status: first(but('runtime', { state: 'doing', untilMs: NOW_MS - LEASE_GRACE_MS + 1 })) }),
    { ...quiet, phase: 'Provisioning', wake: 'runtime in 1' },
  ],
  [
    'a lease that is over, grace included',
    aView({ status: first(but('runtime', { state: 'doing', untilMs: NOW_MS - LEASE_GRACE_MS })) }),
    { ...quiet, phase: 'Provisioning', run: 'runtime' },
  ],
  [
    'a wait',
    aView({ status: first(but('runtime', { state: 'waiting', notBeforeMs: NOW_MS + 7 })) }),
    { ...quiet, phase: 'Provisioning', wake: 'runtime in 7' },
  ],
  [
    'a wait that is over',
    aView({ status: first(but('runtime', { state: 'waiting', notBeforeMs: NOW_MS })) }),
    { ...quiet, phase: 'Provisioning', run: 'runtime' },
  ],
  [
    'a wait for something else than today',
    aView({ status: first(but('runtime', { state: 'waiting', notBeforeMs: NOW_MS + 7, want: 'other' })) }),
    { ...quiet, phase: 'Provisioning', run: 'runtime' },
  ],
  [
    'a failure, the first time',
    aView({ status: first(but('runtime', { state: 'failed', retry: 0 })) }),
    { ...quiet, phase: 'Failed' },
  ],
  [
    'a failure of an agent that worked',
    aView({ status: but('runtime', { state: 'failed', retry: 0 }) }),
    { ...quiet, phase: 'Degraded' },
  ],
  [
    'a failure, with retry raised',
    aView({ spec: aSpec({ retry: 1 }), status: but('runtime', { state: 'failed', retry: 0 }) }),
    { ...quiet, phase: 'Degraded', run: 'runtime' },
  ],
  [
    'a failure to do something else than today',
    aView({ status: but('machine', { state: 'failed', retry: 0, want: 'other' }) }),
    { ...quiet, phase: 'Degraded', run: 'machine' },
  ],
  [
    'something that drifted',
    aView({ status: but('disk', { state: 'idle', want: '', reason: 'Drifted' }) }),
    { ...quiet, phase: 'Degraded', run: 'disk' },
  ],
  [
    'an edit of what the machine is made from',
    aView({ spec: aSpec({ machineType: 'e2-standard-4' }), status: aReadyStatus() }),
    { ...quiet, phase: 'Provisioning', run: 'machine' },
  ],
  [
    'an edit that several steps hear of',
    aView({ spec: aSpec({ secrets: ['notes'], egress: { mode: 'restricted' } }), status: aReadyStatus() }),
    { ...quiet, phase: 'Provisioning', run: 'secrets egress' },
  ],
  [
    'another owner',
    aView({ spec: aSpec({ owner: 'bob@acme.com' }), status: aReadyStatus() }),
    { ...quiet, phase: 'Degraded', raised: 'SpecRejected=Immutable' },
  ],
  [
    'an edit that was refused',
    aView({ spec: refused('colour', 'is not a known field'), status: aReadyStatus() }),
    { ...quiet, phase: 'Degraded', raised: 'SpecInvalid=SpecInvalid' },
  ],
  [
    'a stop',
    aView({ spec: aSpec({ desiredState: 'stopped' }), status: aReadyStatus() }),
    { ...quiet, phase: 'Provisioning', run: 'machine' },
  ],
  [
    'all stopped',
    aView({ spec: aSpec({ desiredState: 'stopped' }), status: aReadyStatus({ target: 'parked' }) }),
    { ...quiet, phase: 'Stopped' },
  ],
  ['a gateway that is not ready', alive('False', 'GatewayNotReady'), { ...quiet, phase: 'Degraded' }],
  ['a heartbeat that is late', alive('Unknown', 'HeartbeatLate'), { ...quiet, phase: 'Unknown' }],
  [
    'a spec that vanished',
    aView({ spec: undefined, status: aReadyStatus() }),
    { ...quiet, phase: 'Degraded', raised: 'SpecMissing=SpecMissing' },
  ],
  [
    'a spec that vanished a while ago',
    aView({ spec: undefined, status: aReadyStatus({ conditions: missingSince(NOW_MS - SPEC_MISSING_GRACE_MS) }) }),
    { ...quiet, phase: 'Degraded', run: 'machine access:gone', raised: 'SpecMissing=SpecMissing' },
  ],
  [
    'another agent under its name',
    aView({ spec: undefined, successor: 'bobaaaaaa2', status: aReadyStatus() }),
    { ...quiet, phase: 'Removing', run: 'access:gone runtime:gone channels:gone', raised: 'Superseded=Superseded' },
  ],
]

test.each(AGENT_TABLE)('what is to be done about an agent with %s', (_, view, expected) => {
  expect(summary(view)).toEqual(expected)
})

test('the generation is observed only by the decision that finds every step right', () => {
  const edited = { spec: aSpec({ retry: 3 }), generation: 'a2' }
  const generation = (status: AgentStatus): string | undefined =>
    next(aView({ ...edited, status }), desired, NOW_MS)?.status.observedGeneration
  expect(generation(aReadyStatus())).toBe('a2')
  expect(generation(but('runtime', { want: 'other' }))).toBe('a1')
  expect(generation(but('runtime', { state: 'waiting' }))).toBe('a1')
})

test('asking twice about the answer changes nothing', () => {
  for (const [, view] of AGENT_TABLE) {
    const once = next(view, desired, NOW_MS)
    if (once === undefined || once.status.kind === 'plane' || !('plane' in view)) continue
    const twice = next({ ...view, status: { version: '2', status: once.status } }, desired, NOW_MS)
    expect(twice?.status).toEqual(once.status)
    expect(twice?.run).toEqual(once.run)
  }
})

function made(...done: readonly string[]): View {
  return aView({ status: first(aReadyStatus({}, done)) })
}

function alive(status: 'False' | 'Unknown', reason: string): View {
  return aView({ status: aReadyStatus({ conditions: { Alive: { status, reason, sinceMs: NOW_MS } } }) })
}

function missingSince(sinceMs: number): AgentStatus['conditions'] {
  return { SpecMissing: { status: 'True', reason: 'SpecMissing', sinceMs } }
}
