import { expect, test } from 'vitest'
import { Phase } from '../../shared/documents/status.ts'
import { can, isOpen } from '../../shared/lifecycle/can.ts'
import { aStatus } from '../fakes/builders.ts'
import type { Action, PlaneAction } from '../../shared/lifecycle/can.ts'

// P Pending, V Provisioning, R Ready, D Degraded, S Stopped, m Removing, d Removed, g Purged, F Failed, U Unknown
const LETTERS: Record<Phase, string> = {
  Pending: 'P',
  Provisioning: 'V',
  Ready: 'R',
  Degraded: 'D',
  Stopped: 'S',
  Removing: 'm',
  Removed: 'd',
  Purged: 'g',
  Failed: 'F',
  Unknown: 'U',
}

const DESIRED = ['running', 'stopped', 'removed'] as const
const broken = (desiredState: (typeof DESIRED)[number]) =>
  ({ desiredState, status: aStatus({ steps: { machine: { state: 'failed', attempt: 1 } } }) }) as const

const agent: Record<Action, string> = {
  update: 'PVRDS...FU',
  setSecret: 'PVRDS...FU',
  retry: '.V.D....FU',
  start: 'PVRDS...FU',
  stop: 'PVRD....FU',
  restart: '..RD.....U',
  open: '.VRD.....U',
  logs: 'PVRDSmd.FU',
  remove: 'PVRDS...FU',
  purge: 'PVRDSmd.FU',
}

const plane: Record<PlaneAction, string> = {
  addAgent: 'PVRDS...FU',
  update: 'PVRDS...FU',
  retry: '.V.D....FU',
  remove: 'PVRDS...FU',
}

const rules = [
  ...(Object.keys(agent) as Action[]).map((action) => ['agent', action, agent[action], can.agent[action]] as const),
  ...(Object.keys(plane) as PlaneAction[]).map(
    (action) => ['plane', action, plane[action], can.plane[action]] as const,
  ),
]

test.each(rules)('%s: %s is open where the table says so', (_, __, phases, rule) => {
  const open = Phase.options.map((phase) =>
    DESIRED.some((wanted) => isOpen(rule, { ...broken(wanted), phase })) ? LETTERS[phase] : '.',
  )
  expect(open.join('')).toBe(phases)
})

test('the table names every action', () => {
  expect([Object.keys(can.agent), Object.keys(can.plane)]).toEqual([Object.keys(agent), Object.keys(plane)])
})

test.each([
  ['start', ['stopped']],
  ['stop', ['running']],
  ['restart', ['running']],
  ['update', ['running', 'stopped']],
  ['remove', ['running', 'stopped']],
  ['logs', ['running', 'stopped', 'removed']],
  ['purge', ['running', 'stopped', 'removed']],
] as const)('%s is open to an agent of which %j is wanted', (action, wanted) => {
  const open = DESIRED.filter((desired) => isOpen(can.agent[action], { ...broken(desired), phase: 'Degraded' }))
  expect(open).toEqual(wanted)
})

test.each(Object.values(can.plane))('a plane that is being removed is open to nothing', (rule) => {
  expect(isOpen(rule, { ...broken('removed'), phase: 'Degraded' })).toBe(false)
})

test('a retry is open only where a step failed that is not being removed', () => {
  const standing = { phase: 'Degraded', desiredState: 'running' } as const
  const steps = { machine: { state: 'waiting', attempt: 1 } } as const
  expect(isOpen(can.agent.retry, { ...standing, status: aStatus({ steps }) })).toBe(false)
  expect(isOpen(can.agent.retry, standing)).toBe(false)
  const { status } = broken('running')
  expect(isOpen(can.agent.retry, { ...standing, status })).toBe(true)
  expect(isOpen(can.agent.retry, { ...standing, status: { ...status, target: 'absent' } })).toBe(false)
})
