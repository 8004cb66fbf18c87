import { expect, test } from 'vitest'
import { Phase } from '../../shared/documents/status.ts'
import { can, isOpen } from '../../shared/lifecycle/can.ts'
import type { Action } from '../../shared/lifecycle/can.ts'

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

const table: Record<Action, string> = {
  update: 'PVRDS...FU',
  setSecret: 'PVRDS...FU',
  retry: '.V.D.m..FU',
  start: 'PVRDS...FU',
  stop: 'PVRD....FU',
  restart: '..RD.....U',
  open: '.VRD.....U',
  logs: 'PVRDSmd.FU',
  remove: 'PVRDS...FU',
  purge: 'PVRDSmd.FU',
}

test.each(Object.keys(can) as Action[])('%s is open where the table says so', (action) => {
  const open = Phase.options.map((phase) => (isOpen(action, phase) ? LETTERS[phase] : '.'))
  expect(open.join('')).toBe(table[action])
})

test.each(['start', 'stop', 'restart'] as const)('%s is open to an agent of which the opposite is wanted', (action) => {
  const from = { start: 'stopped', stop: 'running', restart: 'running' }[action]
  const open = ['running', 'stopped', 'removed'].filter((wanted) => isOpen(action, 'Degraded', wanted))
  expect(open).toEqual([from])
})
