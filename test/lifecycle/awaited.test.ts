import { expect, test } from 'vitest'
import type { Phase } from '../../shared/documents/status.ts'
import { failureOf, resultOf } from '../../shared/lifecycle/awaited.ts'

const MACHINE = { name: 'machine', since: 7 }
const AGAIN = { name: 'machine', since: 9 }

const READY = { ends: ['Ready'], old: [] } as const
const REMOVED = { ends: ['Removed', 'Purged'], old: [] } as const
const RETRIED = { ends: ['Ready'], old: [failureOf(MACHINE)] } as const

const seen = (phase: Phase, failures: readonly (typeof MACHINE)[] = [], isObserved = true) => ({
  phase,
  failures,
  isObserved,
})

test.each([
  ['a phase that ends it', READY, seen('Ready'), { is: 'reached' }],
  ['the phase of an older wish', READY, seen('Ready', [], false), { is: 'pending' }],
  ['what is gone, whatever is wanted of it meanwhile', REMOVED, seen('Purged', [], false), { is: 'reached' }],
  ['what is on its way', READY, seen('Provisioning'), { is: 'pending' }],
  ['a step that failed', READY, seen('Failed', [MACHINE]), { is: 'failed', failure: MACHINE }],
  ['a step that failed of what worked', READY, seen('Degraded', [MACHINE]), { is: 'failed', failure: MACHINE }],
  ['a failure from before', RETRIED, seen('Failed', [MACHINE]), { is: 'pending' }],
  ['the same step that failed again', RETRIED, seen('Failed', [AGAIN]), { is: 'failed', failure: AGAIN }],
  ['what failed without a step', READY, seen('Failed'), { is: 'failed' }],
  ['what is Degraded without a failed step', READY, seen('Degraded'), { is: 'pending' }],
  ['what is going, of which a step failed before', REMOVED, seen('Removing', [MACHINE]), { is: 'pending' }],
] as const)('%s', (_, awaited, what, result) => {
  expect(resultOf(awaited, what)).toEqual(result)
})
