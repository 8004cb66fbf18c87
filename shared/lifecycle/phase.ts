import type { Phase, Status } from '../documents/status.ts'
import type { Definition } from './definition.ts'
import type { StepName } from '../documents/message.ts'
import { isFault } from './fault.ts'
import { reached, stepOf } from './verdict.ts'

/** What became of the steps that apply now. */
export type Progress = { readonly unready: readonly StepName[] }

/** One word for a person, computed from the rest and nowhere else. Green means proven. */
export function phaseOf({ removal }: Definition, status: Status, { unready }: Progress): Phase {
  if (status.target === 'absent') return removalPhase(removal, status)
  if (status.accepted === undefined) return isFault(status.conditions, 'SpecInvalid') ? 'Failed' : 'Pending'
  const worked = status.observedGeneration !== undefined
  if (isFault(status.conditions, 'SpecMissing')) return 'Degraded'
  if (unready.length > 0) return unreadyPhase(status, unready, worked)
  if (isFault(status.conditions, 'SpecInvalid') || isFault(status.conditions, 'SpecRejected')) return 'Degraded'
  if (status.target === 'parked') return 'Stopped'
  if (isFault(status.conditions, 'Alive')) return 'Degraded'
  return status.conditions['Alive']?.status === 'Unknown' ? 'Unknown' : 'Ready'
}

function removalPhase(removal: Definition['removal'], status: Status): Phase {
  const steps = removal.map(({ step }) => stepOf(status, step))
  if (steps.every(({ state }) => state === 'gone')) return 'Purged'
  // Who purges holds a lease: nothing is said to be over before that is.
  if (steps.some(({ state }) => state === 'doing')) return 'Removing'
  return steps.every((step) => reached(step, 'held')) && removed(removal, status) ? 'Removed' : 'Removing'
}

/** Only what a `held` stage keeps, and a later purge takes, may still be there. The account is not among it. */
const removed = (removal: Definition['removal'], status: Status): boolean =>
  removal.every(({ step, stage }) => step === 'disk' || reached(stepOf(status, step), stage))

function unreadyPhase(status: Status, unready: readonly StepName[], worked: boolean): Phase {
  const steps = unready.map((step) => stepOf(status, step))
  if (steps.some(({ state }) => state === 'failed')) return worked ? 'Degraded' : 'Failed'
  if (worked && steps.some(({ reason }) => reason === 'Drifted')) return 'Degraded'
  const begun = Object.values(status.steps).some(({ state }) => state !== 'idle')
  return begun ? 'Provisioning' : 'Pending'
}
