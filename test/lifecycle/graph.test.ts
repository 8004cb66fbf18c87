import { expect, test } from 'vitest'
import type { AgentStatus, PlaneStatus, Status } from '../../shared/documents/status.ts'
import type { View } from '../../shared/documents/view.ts'
import { ready, removed } from '../../shared/documents/outcome.ts'
import { begin, record } from '../../shared/lifecycle/attempt.ts'
import { agentGraph, agentRemoval, planeGraph, planeRemoval } from '../../shared/lifecycle/graph.ts'
import { next } from '../../shared/lifecycle/next.ts'
import { desired } from '../../shared/steps/steps.ts'
import { aPlaneSpec, aPlaneView, aReadyPlaneStatus, aReadyStatus, aSpec, aView, NOW_MS } from '../fakes/builders.ts'

const GRAPHS = { agentGraph, agentRemoval, planeGraph, planeRemoval }

test.each(Object.entries(GRAPHS))('in %s every need is written above what needs it, and nothing twice', (_, nodes) => {
  const names: readonly string[] = nodes.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  nodes.forEach(({ needs }, i) => {
    for (const need of needs) expect(names.slice(0, i)).toContain(need)
  })
})

const steps = (nodes: readonly { readonly name: string }[]): string[] =>
  [...new Set(nodes.map(({ name }) => name.split(':')[0] ?? ''))].toSorted()

test('removal takes away every step that was made, and nothing else', () => {
  expect(steps(agentRemoval)).toEqual(steps(agentGraph))
  expect(steps(planeRemoval)).toEqual(steps(planeGraph))
})

/** What is run, round by round, when every attempt succeeds at once. */
function rounds(viewOf: (status: Status | undefined) => View, nowMs: number): readonly string[] {
  const seen: string[] = []
  let status: Status | undefined
  for (let round = 0; round < 20; round++) {
    const decision = next(viewOf(status), desired, nowMs)
    if (decision === undefined) break
    status = decision.status
    if (decision.run.length === 0) return [...seen, status.phase]
    seen.push(decision.run.map(({ step, stage }) => (stage === undefined ? step : `${step}:${stage}`)).join(' '))
    for (const run of decision.run) {
      const outcome = run.stage === undefined ? ready({ id: `${run.step}-1`, generation: 'g' }) : removed()
      status = record(begin(status, run, 'op', nowMs), run.step, 'op', outcome, nowMs)
    }
  }
  return seen
}

const agentView = (fields: Parameters<typeof aSpec>[0], first?: AgentStatus) => (status: Status | undefined) =>
  aView({ spec: aSpec(fields), status: (status as AgentStatus | undefined) ?? first })

const planeView = (fields: Parameters<typeof aPlaneSpec>[0], first?: PlaneStatus) => (status: Status | undefined) =>
  aPlaneView({ spec: aPlaneSpec(fields), status: (status as PlaneStatus | undefined) ?? first, agentsLeft: false })

test('an agent comes to life in four rounds', () => {
  expect(rounds(agentView({}), NOW_MS)).toEqual([
    'identity disk',
    'secrets egress',
    'machine',
    'access channels runtime',
    'Ready',
  ])
})

test('an agent that is added stopped gets everything but what runs', () => {
  expect(rounds(agentView({ desiredState: 'stopped' }), NOW_MS)).toEqual([
    'identity disk',
    'secrets egress',
    'machine',
    'access',
    'Stopped',
  ])
})

test('an agent is taken away access first, its account disabled before its machine goes, secrets and account last', () => {
  expect(rounds(agentView({ desiredState: 'removed' }, aReadyStatus()), NOW_MS)).toEqual([
    'access:gone runtime:gone channels:gone',
    'identity:held',
    'machine:gone',
    'egress:gone disk:held',
    'secrets:gone',
    'identity:gone',
    'Removed',
  ])
})

test('a purge takes the disk as well, after everything else', () => {
  const purge = rounds(agentView({ desiredState: 'removed', purge: true }, aReadyStatus()), NOW_MS)
  expect(purge.slice(-3)).toEqual(['identity:gone', 'disk:gone', 'Purged'])
})

test('a plane is made in three rounds and taken away in reverse', () => {
  expect(rounds(planeView({}), NOW_MS)).toEqual([...planeGraph.map(({ name }) => name), 'Ready'])
  const closing = aReadyPlaneStatus({ target: 'absent', purgeAtMs: NOW_MS })
  expect(rounds(planeView({ desiredState: 'removed' }, closing), NOW_MS)).toEqual([
    ...planeGraph.map(({ name }) => `${name}:gone`).toReversed(),
    'Purged',
  ])
})
