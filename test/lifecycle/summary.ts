import type { View } from '../../shared/documents/view.ts'
import { next } from '../../shared/lifecycle/next.ts'
import { desired } from '../../shared/steps/steps.ts'
import { NOW_MS } from '../fakes/builders.ts'

/** A row of a table of decisions: about these documents, this answer. */
export type Row = readonly [title: string, view: View, expected: Record<string, unknown>]

/** Nothing to run, nothing to wait for, nothing to say. */
export const quiet = { run: '', wake: '', raised: '' }

/** A decision in few words: what a table can hold. */
export function summary(view: View, nowMs = NOW_MS): Record<string, unknown> {
  const decision = next(view, desired, nowMs)
  if (decision === undefined) return { nothing: true }
  const { status, run, wake, specDone } = decision
  const raised = Object.entries(status.conditions).filter(([name]) => /^Spec|^Super/.test(name))
  return {
    phase: status.phase,
    run: run.map(({ step, stage }) => (stage === undefined ? step : `${step}:${stage}`)).join(' '),
    wake: wake.map(({ step, atMs }) => `${step} in ${atMs - nowMs}`).join(' '),
    raised: raised.map(([name, { reason }]) => `${name}=${reason}`).join(' '),
    ...(specDone ? { specDone } : {}),
  }
}
