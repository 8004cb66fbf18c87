import type { Parsed } from '../documents/parsed.ts'
import type { Phase, Status } from '../documents/status.ts'
import { isOpen } from '../lifecycle/can.ts'
import { agentCommand, planeCommand } from './command.ts'
import { getPlane } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { agentView, planeView } from './views.ts'

/**
 * Has the failed steps of an agent done once more, with their whole time. Asked again before the engine took it up, it
 * is up to date. The answer shows the agent as it stood when it was asked: a failure in it is one that is retried.
 */
export const retryAgent = agentCommand<'retryAgent'>(
  ['admin', 'owner'],
  async ({ plane, name }, { caller, ports, agent }) => {
    const raised = raise({ ...agent, what: `Agent "${name}"`, parsed: agent.spec?.parsed })
    if (raised !== undefined) {
      await ports.specs.updateAgent(plane, name, raised.after, agent.spec?.generation)
      await ports.specs.audit(plane, { actor: caller.actor, action: 'retry', agent: name, ...raised })
    }
    return { agent: agentView(agent, { nowMs: ports.clock.nowMs() }), upToDate: raised === undefined }
  },
)

/** The same for the steps of a plane itself. */
export const retryPlane = planeCommand<'retryPlane'>(['admin'], async ({ plane }, { caller, ports }) => {
  const view = await getPlane({ ports }, plane)
  const status = view.status?.status
  const phase = status?.phase ?? 'Pending'
  const raised = raise({ what: `Plane "${plane}"`, phase, status, parsed: view.spec?.parsed })
  if (raised !== undefined) {
    await ports.specs.updatePlane(plane, raised.after, view.spec?.generation)
    await ports.specs.audit(plane, { actor: caller.actor, action: 'retry', ...raised })
  }
  return { plane: planeView(view, ports.clock.nowMs()), upToDate: raised === undefined }
})

type Standing = {
  readonly what: string
  readonly phase: Phase
  readonly status?: Status | undefined
  readonly parsed?: Parsed<{ readonly retry: number }> | undefined
}

type Raised = { readonly before: { readonly retry: number }; readonly after: { readonly retry: number } }

/** The counter and the next one; undefined when every failure is to be retried already. @throws Refusal 409 */
function raise({ what, phase, status, parsed }: Standing): Raised | undefined {
  const failed = failedSteps(status)
  if (failed.length === 0) throw nothingFailed(what, phase)
  if (!isOpen('retry', phase)) throw conflict('WrongPhase', `${what} is ${phase}: it cannot be retried now.`)
  if (parsed?.ok !== true) throw conflict('SpecInvalid', `${what} has no valid spec; correct that first.`)
  const { retry } = parsed.spec
  if (failed.every((step) => step.retry !== undefined && step.retry !== retry)) return undefined
  return { before: { retry }, after: { retry: retry + 1 } }
}

/** A removal is tried until it is done, whatever failed before it was asked for. */
const failedSteps = (status: Status | undefined) =>
  status === undefined || status.target === 'absent'
    ? []
    : Object.values(status.steps).filter(({ state }) => state === 'failed')

const nothingFailed = (what: string, phase: Phase): Refusal =>
  conflict(
    'NothingFailed',
    `${what} is ${phase} and no step of it has failed: there is nothing to retry.`,
    'A step that waits is tried again by itself. See: planes status',
  )

const conflict = (code: string, message: string, suggestion = 'See where it stands: planes status'): Refusal =>
  new Refusal(409, { code, message, suggestion })
