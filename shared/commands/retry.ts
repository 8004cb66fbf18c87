import type { Parsed } from '../documents/parsed.ts'
import type { Phase } from '../documents/status.ts'
import { can, failedSteps, isOpen } from '../lifecycle/can.ts'
import type { Rule, Standing } from '../lifecycle/can.ts'
import { changeAgent } from './change-agent.ts'
import { changePlane } from './change-plane.ts'
import { planeStanding, agentStanding } from './find-agent.ts'
import { Refusal } from './refusal.ts'

/**
 * Has the failed steps of an agent done once more, with their whole time. Asked again before the engine took it up, it
 * is up to date. The answer shows the agent as it stood when it was asked: a failure in it is one that is retried.
 */
export const retryAgent = changeAgent<'retryAgent'>({
  action: 'retry',
  roles: ['admin', 'owner'],
  edit: ({ name }, agent) => raise(`Agent "${name}"`, can.agent.retry, agentStanding(agent), agent.spec?.parsed),
})

/** The same for the steps of a plane itself. */
export const retryPlane = changePlane<'retryPlane'>({
  action: 'retry',
  edit: ({ plane }, view) => raise(`Plane "${plane}"`, can.plane.retry, planeStanding(view), view.spec?.parsed),
})

/** The next value of the counter; nothing when every failure is to be retried already. @throws Refusal 409 */
function raise(
  what: string,
  rule: Rule,
  standing: Standing,
  parsed: Parsed<{ readonly retry: number }> | undefined,
): { readonly retry?: number } {
  const { phase, status } = standing
  const failed = failedSteps(status)
  if (failed.length === 0) throw nothingFailed(what, phase)
  if (!isOpen(rule, standing)) throw conflict('WrongPhase', `${what} is ${phase}: it cannot be retried now.`)
  if (parsed?.ok !== true) throw conflict('SpecInvalid', `${what} has no valid spec; correct that first.`)
  const { retry } = parsed.spec
  if (failed.every((step) => step.retry !== undefined && step.retry !== retry)) return {}
  return { retry: retry + 1 }
}

const nothingFailed = (what: string, phase: Phase): Refusal =>
  conflict(
    'NothingFailed',
    `${what} is ${phase} and no step of it has failed: there is nothing to retry.`,
    'A step that waits is tried again by itself. See: planes status',
  )

const conflict = (code: string, message: string, suggestion = 'See where it stands: planes status'): Refusal =>
  new Refusal(409, { code, message, suggestion })
