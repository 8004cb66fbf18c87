import { describe, expect, test } from 'vitest'
import { failed, ready, removed, waiting } from '../../shared/documents/outcome.ts'
import type { Outcome } from '../../shared/documents/outcome.ts'
import type { StepStatus } from '../../shared/documents/status.ts'
import { begin, drifted, giveUp, record } from '../../shared/lifecycle/attempt.ts'
import { DEADLINES_MS, LEASE_MS } from '../../shared/lifecycle/definition.ts'
import { aSpec, aStatus, NOW_MS } from '../fakes/builders.ts'

const EARLIER_MS = NOW_MS - 10_000

const withStep = (step: Partial<StepStatus>) => aStatus({ steps: { disk: { state: 'idle', attempt: 0, ...step } } })

const intent = (step: Partial<StepStatus>): unknown =>
  begin(withStep(step), { step: 'disk', want: 'today' }, 'op7', NOW_MS).steps['disk']

describe('an intent', () => {
  const lease = { state: 'doing', want: 'today', op: 'op7', untilMs: NOW_MS + LEASE_MS, retry: 0 }
  const anew = { ...lease, attempt: 1, sinceMs: NOW_MS }
  const again = { ...lease, attempt: 4, sinceMs: EARLIER_MS }
  const third = { want: 'today', attempt: 3, sinceMs: EARLIER_MS, retry: 0 }

  test.each<[string, Partial<StepStatus>, unknown]>([
    ['of a step that never ran begins an effort', {}, anew],
    ['after a wait goes on with the effort', { state: 'waiting', ...third }, again],
    ['after an attempt that was cut off goes on with the effort', { state: 'doing', ...third }, again],
    ['for another want begins an effort', { state: 'waiting', ...third, want: 'yesterday' }, anew],
    ['after somebody asked to retry begins an effort', { state: 'waiting', ...third, retry: 1 }, anew],
    ['after a failure begins an effort', { state: 'failed', ...third }, anew],
    ['of a step that was right begins an effort', { state: 'ready', ...third }, anew],
    [
      'keeps what the last attempt said until there is news',
      { state: 'waiting', ...third, reason: 'Denied', message: 'no' },
      { ...again, reason: 'Denied', message: 'no' },
    ],
  ])('%s', (_, step, expected) => {
    expect(intent(step)).toEqual(expected)
  })
})

describe('an outcome', () => {
  const doing = {
    state: 'doing',
    want: 'today',
    op: 'op7',
    untilMs: NOW_MS + 1,
    attempt: 3,
    sinceMs: EARLIER_MS,
  } as const
  const after = (outcome: Outcome, step: Partial<StepStatus> = {}): StepStatus | undefined =>
    record(withStep({ ...doing, ...step }), 'disk', 'op7', outcome, NOW_MS).steps['disk']

  test('of an attempt that no longer holds the step changes nothing', () => {
    for (const step of [
      { ...doing, op: 'op8' },
      { ...doing, state: 'waiting' },
    ] as const) {
      const status = withStep(step)
      expect(record(status, 'disk', 'op7', ready(), NOW_MS)).toBe(status)
    }
  })

  test('ready keeps what was asked, what was found and what it says', () => {
    const status = record(
      withStep(doing),
      'disk',
      'op7',
      ready({ id: 'd1' }, { C: { status: 'True', reason: 'R' } }),
      NOW_MS,
    )
    expect(status.steps['disk']).toEqual({ state: 'ready', want: 'today', attempt: 3, sinceMs: NOW_MS, tookMs: 10_000 })
    expect(status.resources['disk']).toEqual({ id: 'd1' })
    expect(status.conditions['C']).toEqual({ status: 'True', reason: 'R', sinceMs: NOW_MS })
  })

  test.each([
    ['Unavailable', 1, 1_000],
    ['Unavailable', 2, 2_000],
    ['Unavailable', 3, 4_000],
    ['Unavailable', 6, 32_000],
    ['Unavailable', 7, 60_000],
    ['Unavailable', 5_000, 60_000],
    ['Propagating', 1, 1_000],
    ['Propagating', 3, 4_000],
    ['Propagating', 4, 5_000],
    ['Propagating', 5_000, 5_000],
  ])('waiting for %s after attempt %i backs off about %i ms', (reason, attempt, backoffMs) => {
    const { state, notBeforeMs = 0 } = after(waiting(reason), { attempt }) ?? {}
    expect(state).toBe('waiting')
    expect(notBeforeMs - NOW_MS).toBeGreaterThanOrEqual(0.9 * backoffMs)
    expect(notBeforeMs - NOW_MS).toBeLessThanOrEqual(1.1 * backoffMs)
  })

  test('those who are refused together come back one by one', () => {
    const ops = Array.from({ length: 50 }, (_, n) => `0195f7a2-${n}`)
    const again = ops.map((op) => {
      const doingIt = withStep({ ...doing, op })
      return record(doingIt, 'disk', op, waiting('RateLimited'), NOW_MS).steps['disk']?.notBeforeMs
    })
    expect(new Set(again).size).toBeGreaterThan(25)
  })

  test('waiting with a time of its own is looked at then', () => {
    expect(after(waiting('Starting', 'boots', 2_000))).toEqual({
      state: 'waiting',
      want: 'today',
      op: 'op7',
      attempt: 3,
      sinceMs: EARLIER_MS,
      reason: 'Starting',
      message: 'boots',
      notBeforeMs: NOW_MS + 2_000,
    })
  })

  test('waiting is no failure at the deadline, and one right after it', () => {
    const sinceMs = NOW_MS - DEADLINES_MS.disk
    expect(after(waiting('Denied', 'x is missing'), { sinceMs })?.state).toBe('waiting')
    expect(after(waiting('Denied', 'x is missing'), { sinceMs: sinceMs - 1 })).toMatchObject({
      state: 'failed',
      reason: 'Denied',
      message: 'x is missing; gave up after its deadline',
    })
  })

  test('failed remembers the retry of its effort, not of today, and lets go of the lease', () => {
    const status = { ...withStep({ ...doing, retry: 4 }), accepted: aSpec({ retry: 5 }) }
    expect(record(status, 'disk', 'op7', failed('Invalid', 'bad'), NOW_MS).steps['disk']).toEqual({
      state: 'failed',
      want: 'today',
      attempt: 3,
      sinceMs: EARLIER_MS,
      reason: 'Invalid',
      message: 'bad',
      retry: 4,
    })
  })

  test('of a removal is never a failure', () => {
    const late = { want: 'remove:gone', sinceMs: NOW_MS - 10 * DEADLINES_MS.disk }
    for (const outcome of [failed('Invalid', 'bad'), waiting('Denied', 'no')])
      expect(after(outcome, late)?.state).toBe('waiting')
  })

  test('removed halfway keeps the evidence and what is retained; removed wholly keeps neither', () => {
    const kept = { kind: 'disk', name: 'n', id: 'd1', zone: 'z' }
    const before = { ...withStep({ ...doing, want: 'remove:held' }), resources: { disk: { id: 'd1' } } }
    const held = record(before, 'disk', 'op7', removed(kept), NOW_MS)
    expect(held).toMatchObject({
      steps: { disk: { state: 'held' } },
      resources: { disk: { id: 'd1' } },
      retained: [kept],
    })
    const purging = { ...held, steps: { disk: { ...doing, want: 'remove:gone' } } }
    const gone = record(purging, 'disk', 'op7', removed(), NOW_MS)
    expect(gone).toMatchObject({ steps: { disk: { state: 'gone' } }, retained: [] })
    expect(gone.resources).toEqual({})
  })
})

describe('giving up', () => {
  const run = { step: 'disk', want: 'today' } as const
  const sinceMs = NOW_MS - DEADLINES_MS.disk - LEASE_MS - 2
  const cutOff = { state: 'doing', want: 'today', attempt: 6, sinceMs, untilMs: NOW_MS - 1, retry: 0 } as const

  test('happens when even an attempt from past the deadline was cut off', () => {
    expect(giveUp(withStep(cutOff), run)?.steps['disk']).toMatchObject({
      state: 'failed',
      reason: 'Interrupted',
      message: 'none of 6 attempts came to an end; see the log of its function, then retry',
    })
  })

  test.each<[string, Partial<StepStatus>, string]>([
    ['an attempt from before the deadline', { untilMs: NOW_MS - 2 }, 'today'],
    ['an attempt before somebody asked to retry', { retry: 1 }, 'today'],
    ['a wait', { state: 'waiting' }, 'today'],
    ['an attempt at something else', { want: 'yesterday' }, 'today'],
    ['an attempt at a removal', { want: 'remove:gone' }, 'remove:gone'],
  ])('does not happen after %s', (_, step, want) => {
    expect(giveUp(withStep({ ...cutOff, ...step }), { ...run, want })).toBeUndefined()
  })
})

test('what drifted is idle, says why, and begins anew', () => {
  const status = withStep({ state: 'ready', want: 'today', op: 'op7', attempt: 3, sinceMs: EARLIER_MS, tookMs: 5 })
  expect(drifted(status, 'disk', 'the disk is gone').steps['disk']).toEqual({
    state: 'idle',
    attempt: 0,
    sinceMs: EARLIER_MS,
    reason: 'Drifted',
    message: 'the disk is gone',
  })
})
