import type { Phase } from '../documents/status.ts'

const ALIVE = ['Pending', 'Provisioning', 'Ready', 'Degraded', 'Stopped', 'Failed', 'Unknown'] as const

/** Which action is open in which phase. The API enforces it; whoever shows buttons greys them out by it. */
export const can = {
  update: ALIVE,
  setSecret: ALIVE,
  retry: ['Provisioning', 'Degraded', 'Failed', 'Removing', 'Unknown'],
  start: ['Stopped'],
  stop: ['Pending', 'Provisioning', 'Ready', 'Degraded', 'Failed', 'Unknown'],
  restart: ['Ready', 'Degraded', 'Unknown'],
  open: ['Provisioning', 'Ready', 'Degraded', 'Unknown'],
  logs: [...ALIVE, 'Removing', 'Removed'],
  remove: ALIVE,
  /** Also what turns a plain removal, running or over, into one that keeps nothing. */
  purge: [...ALIVE, 'Removing', 'Removed'],
} as const satisfies Readonly<Record<string, readonly Phase[]>>

export type Action = keyof typeof can

/** Whether `action` is open to an agent in `phase`. */
export const isOpen = (action: Action, phase: Phase): boolean => (can[action] as readonly Phase[]).includes(phase)
