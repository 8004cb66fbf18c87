import { expect, test } from 'vitest'
import type { View } from '../../shared/documents/view.ts'
import { aPlaneSpec, aPlaneView, aReadyPlaneStatus, refused } from '../fakes/builders.ts'
import { quiet, summary } from './summary.ts'
import type { Row } from './summary.ts'

const TABLE: readonly Row[] = [
  ['neither spec nor status', aPlaneView({ spec: undefined, status: undefined }), { nothing: true }],
  ['a spec', aPlaneView({ status: undefined }), { ...quiet, phase: 'Pending', run: 'services' }],
  ['its services', planeWith('services'), { ...quiet, phase: 'Provisioning', run: 'grants' }],
  ['its grants', planeWith('services', 'grants'), { ...quiet, phase: 'Provisioning', run: 'network' }],
  ['everything', planeWith('services', 'grants', 'network'), { ...quiet, phase: 'Ready' }],
  [
    'a region edited',
    aPlaneView({ spec: aPlaneSpec({ region: 'us-west1' }) }),
    { ...quiet, phase: 'Degraded', raised: 'SpecRejected=Immutable' },
  ],
  [
    'an edit that was refused',
    aPlaneView({ spec: refused('region', 'must be a region') }),
    { ...quiet, phase: 'Degraded', raised: 'SpecInvalid=SpecInvalid' },
  ],
  [
    'a spec that vanished',
    aPlaneView({ spec: undefined }),
    { ...quiet, phase: 'Degraded', raised: 'SpecMissing=SpecMissing' },
  ],
  [
    'a closing that is not written down yet',
    aPlaneView({ spec: aPlaneSpec({ desiredState: 'removed' }) }),
    { ...quiet, phase: 'Removing' },
  ],
  ['a closing, with agents left', closing(true), { ...quiet, phase: 'Removing' }],
  ['a closing, without agents', closing(false), { ...quiet, phase: 'Removing', run: 'network:gone' }],
]

test.each(TABLE)('what is to be done about a plane with %s', (_, view, expected) => {
  expect(summary(view)).toEqual(expected)
})

function planeWith(...done: string[]): View {
  const { observedGeneration: _, ...status } = aReadyPlaneStatus({}, done)
  return aPlaneView({ status })
}

function closing(agentsLeft: boolean): View {
  const spec = aPlaneSpec({ desiredState: 'removed' })
  return aPlaneView({ spec, status: aReadyPlaneStatus({ target: 'absent' }), agentsLeft })
}
