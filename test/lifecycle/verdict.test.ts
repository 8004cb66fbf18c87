import { describe, expect, test } from 'vitest'
import type { AgentStatus, StepStatus } from '../../shared/documents/status.ts'
import { DEADLINES_MS, LEASE_GRACE_MS } from '../../shared/lifecycle/definition.ts'
import type { RemovalStage } from '../../shared/lifecycle/definition.ts'
import { provisioning, removal } from '../../shared/lifecycle/verdict.ts'
import type { Verdict } from '../../shared/lifecycle/verdict.ts'
import { aStatus, NOW_MS } from '../fakes/builders.ts'

const say = (verdict: Verdict): string => {
  if (verdict.is === 'later') return `later in ${verdict.atMs - NOW_MS} as ${verdict.key}`
  return verdict.is === 'run' ? `run ${verdict.want}` : verdict.is
}

const idle = { state: 'idle', attempt: 0 } as const
const waiting = { state: 'waiting', want: 'today', attempt: 2, op: 'op3', notBeforeMs: NOW_MS + 5 } as const
const doing = { state: 'doing', want: 'today', attempt: 1, op: 'op3', untilMs: NOW_MS } as const

test.each<[string, StepStatus, boolean, string]>([
  ['idle', idle, true, 'run today'],
  ['idle, its needs not met', idle, false, 'blocked'],
  ['right', { ...idle, state: 'ready', want: 'today' }, true, 'done'],
  ['right, though its needs are not met any more', { ...idle, state: 'ready', want: 'today' }, false, 'done'],
  ['right for yesterday', { ...idle, state: 'ready', want: 'yesterday' }, true, 'run today'],
  ['right for yesterday, its needs not met', { ...idle, state: 'ready', want: 'yesterday' }, false, 'blocked'],
  ['being done', doing, true, `later in ${LEASE_GRACE_MS} as op3-${NOW_MS + LEASE_GRACE_MS}`],
  [
    'being done for yesterday',
    { ...doing, want: 'yesterday' },
    true,
    `later in ${LEASE_GRACE_MS} as op3-${NOW_MS + LEASE_GRACE_MS}`,
  ],
  ['cut off long ago', { ...doing, untilMs: NOW_MS - LEASE_GRACE_MS }, true, 'run today'],
  ['cut off, its needs not met', { ...doing, untilMs: NOW_MS - LEASE_GRACE_MS }, false, 'blocked'],
  ['waiting', waiting, true, `later in 5 as op3-${NOW_MS + 5}`],
  ['waiting for yesterday', { ...waiting, want: 'yesterday' }, true, 'run today'],
  ['done with waiting', { ...waiting, notBeforeMs: NOW_MS }, true, 'run today'],
  ['failed at this retry', { ...idle, state: 'failed', want: 'today', retry: 2 }, true, 'failed'],
  ['failed at an earlier retry', { ...idle, state: 'failed', want: 'today', retry: 1 }, true, 'run today'],
  ['failed for yesterday', { ...idle, state: 'failed', want: 'yesterday', retry: 2 }, true, 'run today'],
  ['gone, and wanted again', { ...idle, state: 'gone' }, true, 'run today'],
])('a wanted step that is %s', (_, step, needsReady, expected) => {
  expect(say(provisioning(step, 'today', needsReady, 2, NOW_MS))).toBe(expected)
})

const access: RemovalStage = { step: 'access', stage: 'gone', needs: [] }
const account: RemovalStage = { step: 'identity', stage: 'held', needs: [access] }
const disk: RemovalStage = { step: 'disk', stage: 'gone', needs: [] }

const withSteps = (steps: AgentStatus['steps'], purgeAtMs?: number): AgentStatus =>
  aStatus({ target: 'absent', steps, ...(purgeAtMs === undefined ? {} : { purgeAtMs }) })

const trying = (forMs: number, want = 'remove:gone'): AgentStatus =>
  withSteps({ access: { ...waiting, want, sinceMs: NOW_MS - forMs } })

describe('a step that is to go', () => {
  test.each<[string, AgentStatus, RemovalStage, string]>([
    ['that never was', withSteps({}), access, 'run remove:gone'],
    ['that is right', withSteps({ access: { ...idle, state: 'ready', want: 'w' } }), access, 'run remove:gone'],
    ['that failed', withSteps({ access: { ...idle, state: 'failed', want: 'w' } }), access, 'run remove:gone'],
    ['that is gone', withSteps({ access: { ...idle, state: 'gone' } }), access, 'done'],
    [
      'in whose name somebody may still act',
      withSteps({ access: doing }),
      access,
      `later in ${LEASE_GRACE_MS} as op3-${NOW_MS + LEASE_GRACE_MS}`,
    ],
    [
      'that waits to go',
      withSteps({ access: { ...waiting, want: 'remove:gone' } }),
      access,
      `later in 5 as op3-${NOW_MS + 5}`,
    ],
    ['that waits to be made', withSteps({ access: waiting }), access, 'run remove:gone'],
    ['halfway, after what comes first', withSteps({ access: { ...idle, state: 'gone' } }), account, 'run remove:held'],
    ['halfway, before what comes first', withSteps({}), account, 'blocked'],
    [
      'halfway, and is',
      withSteps({ identity: { ...idle, state: 'held' }, access: { ...idle, state: 'gone' } }),
      account,
      'done',
    ],
    ['and is kept', withSteps({ disk: { ...idle, state: 'held' } }, NOW_MS + 1), disk, 'blocked'],
    ['and was kept long enough', withSteps({ disk: { ...idle, state: 'held' } }, NOW_MS), disk, 'run remove:gone'],
  ])('%s', (_, status, stage, expected) => {
    expect(say(removal(status, stage, NOW_MS))).toBe(expected)
  })

  test('is not held up by access that cannot be revoked, once that is past its deadline', () => {
    expect(say(removal(trying(DEADLINES_MS.access), account, NOW_MS))).toBe('blocked')
    expect(say(removal(trying(DEADLINES_MS.access + 1), account, NOW_MS))).toBe('run remove:held')
    expect(say(removal(trying(DEADLINES_MS.access + 1, 'today'), account, NOW_MS))).toBe('blocked')
  })

  test('is held up by anything else for as long as it takes', () => {
    const machine: RemovalStage = { step: 'machine', stage: 'gone', needs: [] }
    const secrets: RemovalStage = { step: 'secrets', stage: 'gone', needs: [machine] }
    const status = withSteps({ machine: { ...waiting, want: 'remove:gone', sinceMs: 0 } })
    expect(say(removal(status, secrets, NOW_MS))).toBe('blocked')
  })
})
