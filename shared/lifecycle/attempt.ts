import type { Outcome } from '../documents/outcome.ts'
import type { AgentStatus, Condition, Status, StepStatus } from '../documents/status.ts'
import { setCondition } from './conditions.ts'
import { DEADLINES_MS, LEASE_MS } from './definition.ts'
import { fractionOf } from './fraction.ts'
import type { StepName } from '../documents/message.ts'
import type { Run } from './next.ts'
import { stepOf } from './verdict.ts'
import { afterStockout, movedTo } from './zones.ts'

/** The intent, before anything is touched: who acts, until when, and for what. */
export function begin(status: Status, { step: name, want }: Run, op: string, nowMs: number): Status {
  const old = stepOf(status, name)
  const retry = status.accepted?.retry ?? 0
  // Somebody who raises `retry` gives a new effort its whole time, also while the old one still waits.
  const same = old.want === want && old.retry === retry && old.state !== 'failed' && old.state !== 'ready'
  const attempt = same ? old.attempt + 1 : 1
  const sinceMs = same ? (old.sinceMs ?? nowMs) : nowMs
  return withStep(status, name, {
    state: 'doing',
    want,
    op,
    untilMs: nowMs + LEASE_MS,
    attempt,
    sinceMs,
    retry,
    ...(old.reason === undefined ? {} : { reason: old.reason }),
    ...(old.message === undefined ? {} : { message: old.message }),
  })
}

/**
 * A step whose attempts never end is not begun once more when even one from past its deadline was cut off: its function
 * dies every time. Undefined when that is not so; an outage of ours costs no step its last chance.
 */
export function giveUp(status: Status, { step: name, want }: Run): Status | undefined {
  const step = stepOf(status, name)
  if (step.state !== 'doing' || step.want !== want || isRemoval(step)) return undefined
  if (step.retry !== (status.accepted?.retry ?? 0)) return undefined
  if (!isOverdue(name, step, (step.untilMs ?? 0) - LEASE_MS)) return undefined
  const message = `none of ${step.attempt} attempts came to an end; see the log of its function, then retry`
  return fail(status, name, step, { reason: 'Interrupted', message })
}

/** The outcome of attempt `op`. Unchanged when that attempt no longer holds the step. */
export function record(status: Status, name: StepName, op: string, outcome: Outcome, nowMs: number): Status {
  const step = stepOf(status, name)
  if (step.state !== 'doing' || step.op !== op) return status
  switch (outcome.is) {
    case 'ready':
      return readied(status, name, step, outcome, nowMs)
    case 'removed':
      return taken(status, name, step, outcome, nowMs)
    case 'failed':
      return isRemoval(step)
        ? delayed(status, name, step, { ...outcome, is: 'waiting' }, nowMs)
        : fail(status, name, step, outcome)
    case 'waiting':
      return placed(delayed(status, name, step, outcome, nowMs), name, outcome, nowMs)
  }
}

/** An agent goes where there is room for it, or back to where its data turned out to be. */
function placed(status: Status, name: StepName, { reason, backTo }: Of<'waiting'>, nowMs: number): Status {
  if (status.kind === 'plane' || status.pinned === undefined || status.target === 'absent') return status
  if (backTo !== undefined) return { ...status, pinned: movedTo(status.pinned, backTo) }
  if (reason !== STOCKOUT) return status
  const step = stepOf(status, name)
  const { pinned, note } = afterStockout(status, status.pinned, step.attempt)
  // Its deadline counts from when there is room.
  const waits = { ...step, message: `${step.message}; ${note}`, sinceMs: nowMs }
  return withStep<AgentStatus>({ ...status, pinned }, name, waits)
}

/** Seen to differ from what its record says: the step is to be done once more. */
export function drifted(status: Status, name: StepName, message: string): Status {
  const { want: _, op: __, untilMs: ___, notBeforeMs: ____, tookMs: _____, ...step } = stepOf(status, name)
  return withStep(status, name, { ...step, state: 'idle', attempt: 0, reason: 'Drifted', message })
}

const withStep = <S extends Status>(status: S, name: StepName, step: StepStatus): S => ({
  ...status,
  steps: { ...status.steps, [name]: step },
})

const tookMs = ({ sinceMs }: StepStatus, nowMs: number): number => Math.max(0, nowMs - (sinceMs ?? nowMs))

const isRemoval = (step: StepStatus): boolean => step.want?.startsWith('remove:') ?? false

const isOverdue = (name: StepName, { sinceMs }: StepStatus, nowMs: number): boolean =>
  nowMs - (sinceMs ?? nowMs) > DEADLINES_MS[name]

type Of<Kind extends Outcome['is']> = Extract<Outcome, { is: Kind }>

function readied(
  status: Status,
  name: StepName,
  step: StepStatus,
  { resource, conditions }: Of<'ready'>,
  nowMs: number,
): Status {
  const done: StepStatus = {
    state: 'ready',
    want: step.want,
    attempt: step.attempt,
    sinceMs: nowMs,
    tookMs: tookMs(step, nowMs),
  }
  const standing = withStep({ ...status, resources: { ...status.resources, [name]: resource ?? {} } }, name, done)
  return Object.entries(conditions ?? {}).reduce(
    (result, [condition, value]) => setCondition(result, condition, value as Omit<Condition, 'sinceMs'>, nowMs),
    standing,
  )
}

function taken(
  status: Status,
  name: StepName,
  step: StepStatus,
  { retained = [] }: Of<'removed'>,
  nowMs: number,
): Status {
  const held = step.want === 'remove:held'
  const { [name]: resource, ...resources } = status.resources
  const state = held ? 'held' : 'gone'
  const after = withStep({ ...status, resources: held && resource ? status.resources : resources }, name, {
    state,
    attempt: step.attempt,
    sinceMs: nowMs,
    tookMs: tookMs(step, nowMs),
  })
  if (name !== 'disk') return after
  return { ...after, retained: held ? [...retained] : [] }
}

function fail(
  status: Status,
  name: StepName,
  step: StepStatus,
  { reason, message }: { reason: string; message: string },
): Status {
  const { op: _, untilMs: __, ...rest } = step
  return withStep(status, name, { ...rest, state: 'failed', reason, message })
}

/** Room comes back without anybody's doing: waiting for it has no deadline. */
const STOCKOUT = 'Stockout'

/** What is only on its way is there within minutes: whoever looked seldom would wait as long again. */
const CAPS_MS: Readonly<Record<string, number>> = { Propagating: 5_000 }
const LONGEST_MS = 60_000

/** 1, 2, 4 … 60 seconds, a tenth more or less, so that those who were refused together do not come back together. */
function backoffMs({ attempt, op = '' }: StepStatus, reason: string): number {
  const atMostMs = CAPS_MS[reason] ?? LONGEST_MS
  return Math.round(Math.min(1000 * 2 ** Math.min(attempt - 1, 10), atMostMs) * (0.9 + 0.2 * fractionOf(op)))
}

function delayed(status: Status, name: StepName, step: StepStatus, outcome: Of<'waiting'>, nowMs: number): Status {
  const { reason, message = '', retryAfterMs = backoffMs(step, outcome.reason) } = outcome
  if (isOverdue(name, step, nowMs) && !isRemoval(step) && reason !== STOCKOUT)
    return fail(status, name, step, { reason, message: `${message || reason}; gave up after its deadline` })
  const { untilMs: _, ...rest } = step
  return withStep(status, name, { ...rest, state: 'waiting', reason, message, notBeforeMs: nowMs + retryAfterMs })
}
