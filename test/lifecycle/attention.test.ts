import { expect, test } from 'vitest'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { Phase } from '../../shared/documents/status.ts'
import { needsPass } from '../../shared/lifecycle/attention.ts'
import { aReadyStatus, aStatus, NOW_MS } from '../fakes/builders.ts'

const SEEN = { uid: 'adaaaaaaa2', generation: 'a1' }
const settled = aReadyStatus({ phase: 'Ready' })
const removed = aStatus({ target: 'absent', phase: 'Removed', purgeAtMs: NOW_MS + 1 })

test.each<[string, AgentStatus, typeof SEEN | undefined, string | undefined, boolean]>([
  ['a Ready agent that is as its spec and its plane say', settled, SEEN, 'p1', false],
  ['a Stopped one', { ...settled, phase: 'Stopped', target: 'parked' }, SEEN, 'p1', false],
  ['an edited spec', settled, { ...SEEN, generation: 'a2' }, 'p1', true],
  ['an edited plane', settled, SEEN, 'p2', true],
  ['a spec that is gone', settled, undefined, 'p1', true],
  ['a spec of another agent', settled, { ...SEEN, uid: 'bobaaaaaa2' }, 'p1', true],
  ['a Removed agent within its retention', removed, undefined, 'p1', false],
  ['a Removed agent whose retention is over', { ...removed, purgeAtMs: NOW_MS }, undefined, 'p1', true],
  ['a Removed agent whose spec is still there', removed, SEEN, 'p1', true],
  ['a Removed agent whose name is taken again', removed, { ...SEEN, uid: 'bobaaaaaa2' }, 'p1', false],
  ['a Purged agent', { ...removed, phase: 'Purged', purgeAtMs: 0 }, undefined, 'p1', false],
])('whether the sweep looks closer at %s', (_, status, spec, planeGeneration, expected) => {
  expect(needsPass(status, spec, planeGeneration, NOW_MS)).toBe(expected)
})

test('an agent on its way is always looked at', () => {
  const quiet = new Set(['Ready', 'Stopped', 'Removed', 'Purged'])
  const looked = Phase.options.filter((phase) => needsPass({ ...settled, phase }, SEEN, 'p1', NOW_MS))
  expect(looked).toEqual(Phase.options.filter((phase) => !quiet.has(phase)))
})
