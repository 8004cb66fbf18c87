import { expect, test } from 'vitest'
import { aPlaneSpec, aPlaneStatus, aPlaneView, aView, NOW_MS, refused } from '../fakes/builders.ts'
import { quiet, summary } from './summary.ts'
import type { Row } from './summary.ts'

const TABLE: readonly Row[] = [
  [
    'a spec without a plane',
    aView({ plane: aPlaneView({ spec: undefined, status: undefined }) }),
    { ...quiet, phase: 'Failed', raised: 'SpecInvalid=PlaneMissing' },
  ],
  [
    'a spec on a plane nobody has looked at',
    aView({ plane: aPlaneView({ status: undefined }) }),
    { ...quiet, phase: 'Pending', wake: 'identity in 5000' },
  ],
  [
    'a spec on a plane that never stood',
    aView({ plane: aPlaneView({ status: unobserved() }) }),
    { ...quiet, phase: 'Pending', wake: 'identity in 5000' },
  ],
  [
    'a spec on a closing plane',
    aView({ plane: aPlaneView({ status: aPlaneStatus({ target: 'absent' }) }) }),
    { ...quiet, phase: 'Failed', raised: 'SpecInvalid=PlaneClosing' },
  ],
  [
    'a spec that was refused',
    aView({ spec: refused('owner', 'is missing') }),
    { ...quiet, phase: 'Failed', raised: 'SpecInvalid=SpecInvalid' },
  ],
  [
    'an owner of another domain',
    aView({ plane: aPlaneView({ status: aPlaneStatus({ accepted: aPlaneSpec({ allowedDomains: ['other.com'] }) }) }) }),
    { ...quiet, phase: 'Failed', raised: 'SpecInvalid=OwnerNotAllowed' },
  ],
]

test.each(TABLE)('what is to be done about %s', (_, view, expected) => {
  expect(summary(view)).toEqual(expected)
})

test('an agent whose plane has not stood for minutes looks again once a minute', () => {
  const view = aView({ plane: aPlaneView({ status: unobserved() }) })
  expect(summary(view, NOW_MS + 299_000)['wake']).toBe('identity in 1000')
  expect(summary(view, NOW_MS + 301_000)['wake']).toBe('identity in 59000')
})

function unobserved(): ReturnType<typeof aPlaneStatus> {
  const { observedGeneration: _, ...status } = aPlaneStatus()
  return status
}
