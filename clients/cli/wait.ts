import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import type { AgentView, StepView } from '../../shared/api/views.ts'
import type { Phase } from '../../shared/documents/status.ts'
import { clean } from './clean.ts'
import { formatDuration } from './duration.ts'
import { CliError, EXIT, cancelled } from './exit.ts'
import { retry } from './retry.ts'
import type { Runtime } from './runtime.ts'
import { stepLine } from './step-text.ts'
import type { Screen } from './terminal.ts'

/** What is waited for, and how long. */
export type Goal = { readonly phase: 'Ready' | 'Removed' | 'Purged'; readonly timeoutMs: number }

const PAUSE_MS = 400

/**
 * Waits until an agent is where it should be, showing its steps: live on a terminal, else a line whenever one changes.
 * @throws CliError when a step failed, when time is over (pending) and on Ctrl-C (cancelled)
 */
export async function waitFor(first: AgentView, goal: Goal, runtime: Runtime): Promise<AgentView> {
  const { api, terminal, nowMs, sleep, signal } = runtime
  const { plane, name, uid } = first
  const startMs = nowMs()
  const show = shower(terminal.err)
  for (;;) {
    const { agent } = await retry(() => api.getAgent({ plane, name, uid }), isOutage, runtime)
    show(agent)
    if (isReached(agent.phase, goal.phase)) {
      terminal.err.line(`That took ${formatDuration(nowMs() - startMs)}.`)
      return agent
    }
    refuseFailed(agent, goal)
    if (nowMs() - startMs >= goal.timeoutMs) throw stillPending(agent, goal)
    await sleep(PAUSE_MS)
    if (signal.aborted) throw cancelled(`Stopped waiting; it goes on without you. See: planes status --plane ${plane}`)
  }
}

/** The plane may be out of reach for a moment while it works. */
const isOutage = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof ApiError && error.status >= 500)

/** What is purged has been removed as well. */
const isReached = (phase: Phase, wanted: Goal['phase']): boolean =>
  phase === wanted || (wanted === 'Removed' && phase === 'Purged')

function refuseFailed(agent: AgentView, goal: Goal): void {
  const removing = agent.desiredState === 'removed'
  if (goal.phase === 'Ready' && removing) throw new CliError(EXIT.failure, `Agent "${agent.name}" is being removed.`)
  if (removing) return
  const failed = agent.steps.find(({ state }) => state === 'failed')
  if (failed === undefined && agent.phase !== 'Failed') return
  const why = failed === undefined ? reasonOf(agent) : `step ${failed.name} failed: ${textOf(failed)}`
  throw new CliError(EXIT.failure, `Agent "${agent.name}" is ${agent.phase}: ${why}`, `See: ${statusOf(agent)}`)
}

const reasonOf = ({ invalid, conditions }: AgentView): string =>
  invalid ?? conditions.find(({ status }) => status === 'True')?.message ?? 'no reason is recorded'

const textOf = ({ reason, message }: StepView): string => [reason, message].filter(Boolean).join(': ')

function stillPending(agent: AgentView, { phase, timeoutMs }: Goal): CliError {
  const message = `Agent "${agent.name}" is still ${agent.phase}, not ${phase}, after ${formatDuration(timeoutMs)}; it goes on.`
  return new CliError(EXIT.pending, message, `See: ${statusOf(agent)}`)
}

const statusOf = ({ plane, name }: AgentView): string => `planes status --plane ${clean(plane)} --name ${clean(name)}`

/** Shows the steps of one look after another. */
function shower(err: Screen): (agent: AgentView) => void {
  const said = new Map<string, string>()
  return (agent) => {
    const line = (step: StepView): string => stepLine(step, err)
    if (err.live) return err.redraw(agent.steps.map(line))
    for (const step of agent.steps) {
      const news = `${step.state} ${step.reason ?? ''}`
      if ((said.get(step.name) ?? 'idle ') !== news) err.line(line(step))
      said.set(step.name, news)
    }
    return undefined
  }
}
