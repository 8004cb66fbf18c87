import type { Phase } from '../documents/status.ts'

const ALIVE = ['Pending', 'Provisioning', 'Ready', 'Degraded', 'Stopped', 'Failed', 'Unknown'] as const

/** Which action is open in which phase. The API enforces it; whoever shows buttons greys them out by it. */
export const can = {
  update: ALIVE,
  setSecret: ALIVE,
  retry: ['Provisioning', 'Degraded', 'Failed', 'Removing', 'Unknown'],
  start: [...ALIVE],
  stop: ['Pending', 'Provisioning', 'Ready', 'Degraded', 'Failed', 'Unknown'],
  restart: ['Ready', 'Degraded', 'Unknown'],
  open: ['Provisioning', 'Ready', 'Degraded', 'Unknown'],
  logs: [...ALIVE, 'Removing', 'Removed'],
  remove: ALIVE,
  /** Also what turns a plain removal, running or over, into one that keeps nothing. */
  purge: [...ALIVE, 'Removing', 'Removed'],
} as const satisfies Readonly<Record<string, readonly Phase[]>>

export type Action = keyof typeof can

/** What has to be wanted of an agent so that the opposite can be asked for. */
const WANTED: { readonly [A in Action]?: string } = { start: 'stopped', stop: 'running', restart: 'running' }

/** Whether `action` is open to an agent in `phase`, of which `desiredState` is wanted. */
export const isOpen = (action: Action, phase: Phase, desiredState: string = WANTED[action] ?? ''): boolean =>
  (can[action] as readonly Phase[]).includes(phase) && (WANTED[action] ?? desiredState) === desiredState
