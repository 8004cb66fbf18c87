import type { Stage } from '../documents/outcome.ts'
import type { Status, StepStatus } from '../documents/status.ts'
import { DEADLINES_MS, LEASE_GRACE_MS } from './definition.ts'
import type { RemovalStage } from './definition.ts'
import type { StepName } from '../documents/message.ts'

/** What one step needs now. */
export type Verdict =
  | { readonly is: 'done' | 'blocked' | 'failed' | 'none' }
  /** Something is to be done: provision towards `want`, or remove as far as `stage`. */
  | { readonly is: 'run'; readonly want: string; readonly stage?: Stage }
  /** Nothing before `atMs`; `key` names this wait, so that one timer serves every delivery. */
  | { readonly is: 'later'; readonly atMs: number; readonly key: string }

const IDLE: StepStatus = { state: 'idle', attempt: 0 }

/** A step's record; one that never ran is idle. */
export const stepOf = (status: Status, step: StepName): StepStatus => status.steps[step] ?? IDLE

/** A step that is wanted. */
export function provisioning(
  step: StepStatus,
  want: string,
  needsReady: boolean,
  retry: number,
  nowMs: number,
): Verdict {
  const busy = leased(step, nowMs)
  if (busy !== undefined) return busy
  if (isReady(step, want)) return { is: 'done' }
  const same = step.want === want
  // Before its needs are asked for: this pass sets the timer, and what it needs may be ready again by then.
  if (same && step.state === 'waiting' && (step.notBeforeMs ?? 0) > nowMs) return later(step, step.notBeforeMs ?? 0)
  if (!needsReady) return { is: 'blocked' }
  if (same && step.state === 'failed' && step.retry === retry) return { is: 'failed' }
  return { is: 'run', want }
}

/** A step that is to go, as far as `stage`. */
export function removal(status: Status, { step: name, stage, needs }: RemovalStage, nowMs: number): Verdict {
  const step = stepOf(status, name)
  const busy = leased(step, nowMs)
  if (busy !== undefined) return busy
  if (reached(step, stage)) return { is: 'done' }
  if (!needs.every((need) => outOfTheWay(status, need, nowMs))) return { is: 'blocked' }
  const dueMs = name === 'disk' && stage === 'gone' ? (status.purgeAtMs ?? 0) : 0
  // Weeks away: the sweep asks when it is due, no timer waits that long.
  if (dueMs > nowMs) return { is: 'blocked' }
  const want = `remove:${stage}`
  if (step.state === 'waiting' && step.want === want && (step.notBeforeMs ?? 0) > nowMs)
    return later(step, step.notBeforeMs ?? 0)
  return { is: 'run', want, stage }
}

/** Ready for exactly what is wanted today. */
export const isReady = (step: StepStatus, want: string): boolean => step.state === 'ready' && step.want === want

/** Whether a removal has come at least this far: what is on its way to `gone` has been `held`. */
export const reached = (step: StepStatus, stage: Stage): boolean =>
  step.state === 'gone' || (stage === 'held' && (step.state === 'held' || step.want === 'remove:gone'))

/** `access` that cannot be revoked stops blocking the rest at its deadline: a machine must not live on because of it. */
function outOfTheWay(status: Status, { step: name, stage }: RemovalStage, nowMs: number): boolean {
  const step = stepOf(status, name)
  if (reached(step, stage)) return true
  const tryingSinceMs = step.want?.startsWith('remove:') ? (step.sinceMs ?? nowMs) : nowMs
  return name === 'access' && nowMs - tryingSinceMs > DEADLINES_MS.access
}

function leased(step: StepStatus, nowMs: number): Verdict | undefined {
  if (step.state !== 'doing') return undefined
  const freeMs = (step.untilMs ?? 0) + LEASE_GRACE_MS
  return nowMs < freeMs ? later(step, freeMs) : undefined
}

const later = (step: StepStatus, atMs: number): Verdict => ({ is: 'later', atMs, key: `${step.op ?? 'none'}-${atMs}` })
