import { expect, test } from 'vitest'
import type { StepStatus } from '../../shared/documents/status.ts'
import type { View } from '../../shared/documents/view.ts'
import { agentSteps } from '../../shared/documents/topics.ts'
import { aPlaneView, aReadyStatus, aSpec, aStatus, aView, NOW_MS, refused } from '../fakes/builders.ts'
import { quiet, summary } from './summary.ts'
import type { Row } from './summary.ts'

const TABLE: readonly Row[] = [
  [
    'a removal',
    aView({ spec: aSpec({ desiredState: 'removed' }), status: aReadyStatus() }),
    { ...quiet, phase: 'Removing', run: 'access:gone runtime:gone channels:gone' },
  ],
  [
    'a removal in a document that was refused',
    aView({ spec: refused('owner', 'is missing', true), status: aReadyStatus() }),
    { ...quiet, phase: 'Removing', run: 'access:gone runtime:gone channels:gone' },
  ],
  [
    'a removal that is taken back',
    aView({ status: aReadyStatus({ target: 'absent' }) }),
    {
      ...quiet,
      phase: 'Removing',
      run: 'access:gone runtime:gone channels:gone',
      raised: 'SpecRejected=RemovalIsFinal',
    },
  ],
  [
    'a removal before anything was begun',
    aView({ spec: aSpec({ desiredState: 'removed' }), status: aStatus({ pinned: undefined, accepted: undefined }) }),
    { ...quiet, phase: 'Purged', specDone: true },
  ],
  [
    'a removal, and no status',
    aView({ spec: aSpec({ desiredState: 'removed', zone: 'us-east4-b' }) }),
    { ...quiet, phase: 'Removing', run: 'access:gone runtime:gone channels:gone' },
  ],
  [
    'a removal and no status, in a plane that does not know its zones yet',
    aView({ spec: aSpec({ desiredState: 'removed' }) }),
    { nothing: true },
  ],
  [
    'a removal and no status, and no plane',
    aView({ spec: aSpec({ desiredState: 'removed' }), plane: aPlaneView({ spec: undefined, status: undefined }) }),
    { ...quiet, phase: 'Purged', specDone: true },
  ],
  [
    'a removal on a plane that does not stand',
    aView({
      spec: aSpec({ desiredState: 'removed' }),
      status: aReadyStatus(),
      plane: aPlaneView({ spec: undefined, status: undefined }),
    }),
    { ...quiet, phase: 'Removing', run: 'access:gone runtime:gone channels:gone' },
  ],
  ['Removed, and its spec still there', removedAgent(NOW_MS + 1), { ...quiet, phase: 'Removed', specDone: true }],
  [
    'Removed, and its retention over',
    removedAgent(NOW_MS),
    { ...quiet, phase: 'Removed', run: 'disk:gone', specDone: true },
  ],
  [
    'Removed, and a disk that could not be deleted a moment ago',
    removedAgent(NOW_MS, { state: 'waiting', want: 'remove:gone', attempt: 3, notBeforeMs: NOW_MS + 4000 }),
    { ...quiet, phase: 'Removed', wake: 'disk in 4000', specDone: true },
  ],
]

test.each(TABLE)('what is to be done about an agent with %s', (_, view, expected) => {
  expect(summary(view)).toEqual(expected)
})

function removedAgent(purgeAtMs: number, disk: StepStatus = { state: 'held', attempt: 1 }): View {
  const gone = Object.fromEntries(agentSteps.map((step) => [step, { state: 'gone', attempt: 1 } as const]))
  const status = aStatus({ target: 'absent', purgeAtMs, steps: { ...gone, disk } })
  return aView({ spec: aSpec({ desiredState: 'removed' }), status })
}
