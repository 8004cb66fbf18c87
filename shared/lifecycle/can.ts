import type { Phase, Status, StepStatus } from '../documents/status.ts'

type Wanted = 'running' | 'stopped' | 'removed'

/** When something may be asked for: in which phases, and what is wanted then. */
export type Rule = {
  readonly in: readonly Phase[]
  readonly wanted: readonly Wanted[]
  /** Only while a step has failed. */
  readonly failed?: true
}

const ALIVE = ['Pending', 'Provisioning', 'Ready', 'Degraded', 'Stopped', 'Failed', 'Unknown'] as const
const FAILING = ['Provisioning', 'Degraded', 'Failed', 'Unknown'] as const

const KEPT = ['running', 'stopped'] as const
const ALWAYS = [...KEPT, 'removed'] as const

/** What may be asked of an agent or a plane, and when. The API enforces it; whoever shows buttons greys them out by it. */
export const can = {
  agent: {
    update: { in: ALIVE, wanted: KEPT },
    setSecret: { in: ALIVE, wanted: KEPT },
    retry: { in: FAILING, wanted: KEPT, failed: true },
    start: { in: ALIVE, wanted: ['stopped'] },
    stop: { in: ['Pending', 'Provisioning', 'Ready', 'Degraded', 'Failed', 'Unknown'], wanted: ['running'] },
    restart: { in: ['Ready', 'Degraded', 'Unknown'], wanted: ['running'] },
    open: { in: ['Provisioning', 'Ready', 'Degraded', 'Unknown'], wanted: KEPT },
    logs: { in: [...ALIVE, 'Removing', 'Removed'], wanted: ALWAYS },
    remove: { in: ALIVE, wanted: KEPT },
    /** Also what turns a plain removal, running or over, into one that keeps nothing. */
    purge: { in: [...ALIVE, 'Removing', 'Removed'], wanted: ALWAYS },
  },
  plane: {
    addAgent: { in: ALIVE, wanted: KEPT },
    update: { in: ALIVE, wanted: KEPT },
    retry: { in: FAILING, wanted: KEPT, failed: true },
    remove: { in: ALIVE, wanted: KEPT },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Rule>>>>

export type Action = keyof typeof can.agent
export type PlaneAction = keyof typeof can.plane

/** How an agent or a plane stands. */
export type Standing = {
  readonly phase: Phase
  readonly desiredState: Wanted
  readonly status?: Status | undefined
}

/** Whether something may be asked for by this rule. */
export const isOpen = (rule: Rule, { phase, desiredState, status }: Standing): boolean =>
  rule.in.includes(phase) &&
  rule.wanted.includes(desiredState) &&
  (rule.failed !== true || failedSteps(status).length > 0)

/** All that may be asked for now. */
export const openActions = (rules: Readonly<Record<string, Rule>>, standing: Standing): string[] =>
  Object.entries(rules).flatMap(([action, rule]) => (isOpen(rule, standing) ? [action] : []))

/** Steps that wait for somebody. A removal is tried until it is done, whatever failed before it was asked for. */
export const failedSteps = (status: Status | undefined): readonly StepStatus[] =>
  status === undefined || status.target === 'absent'
    ? []
    : Object.values(status.steps).filter(({ state }) => state === 'failed')
