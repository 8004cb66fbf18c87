import { ApiError } from '../../shared/api/errors.ts'
import type { AgentView, PlaneView, StepView } from '../../shared/api/views.ts'
import { GONE, failureOf, resultOf } from '../../shared/lifecycle/awaited.ts'
import type { Awaited, Result, Seen } from '../../shared/lifecycle/awaited.ts'
import { faultOf } from '../../shared/lifecycle/fault.ts'
import { clean } from './clean.ts'
import { formatDuration } from './duration.ts'
import { CliError, EXIT, cancelled } from './exit.ts'
import { isOutage, outlast } from './retry.ts'
import type { Watching } from './runtime.ts'
import { stepLine } from './step-text.ts'
import type { Screen } from './terminal.ts'

/** What is waited for, and how long. */
export type Goal = {
  readonly phase: 'Ready' | 'Stopped' | 'Removed' | 'Purged'
  readonly timeoutMs: number
  /** Failures from before: they say nothing until they happen again. */
  readonly old?: readonly StepView[]
}

/** What is watched: how to look at it, what it is called, and the options that name it on a command line. */
type Watched<View> = { readonly look: () => Promise<View>; readonly what: string; readonly options: string }

const PAUSE_MS = 400

/**
 * Waits until an agent is where it should be, showing its steps: live on a terminal, else a line whenever one changes.
 * @throws CliError when a step failed, when time is over (pending) and on Ctrl-C (cancelled)
 */
export function waitFor({ plane, name, uid }: AgentView, goal: Goal, runtime: Watching): Promise<AgentView> {
  const look = async (): Promise<AgentView> => (await runtime.api.getAgent({ plane, name, uid })).agent
  const options = `--plane ${clean(plane)} --name ${clean(name)}`
  return watch({ look, what: `Agent "${name}"`, options }, goal, runtime)
}

/** The same for a plane's own steps. */
export function waitForPlane(plane: PlaneView, goal: Goal, runtime: Watching): Promise<PlaneView> {
  const { name } = plane
  const look = async (): Promise<PlaneView> => {
    try {
      return (await runtime.api.getPlane({ plane: name, brief: true })).plane
    } catch (error) {
      // Once nothing is left of a plane, its document goes too.
      if (goal.phase !== 'Purged' || !(error instanceof ApiError && error.status === 404)) throw error
      return { ...plane, phase: 'Purged', steps: [] }
    }
  }
  return watch({ look, what: `Plane "${name}"`, options: `--plane ${clean(name)}` }, goal, runtime)
}

async function watch<View extends AgentView | PlaneView>(
  watched: Watched<View>,
  goal: Goal,
  runtime: Watching,
): Promise<View> {
  const { terminal, nowMs, sleep, signal } = runtime
  const startMs = nowMs()
  const show = shower(terminal.err)
  const stopped = () => cancelled(`Stopped waiting; it goes on without you. See: ${statusOf(watched)}`)
  for (;;) {
    const leftMs = goal.timeoutMs - (nowMs() - startMs)
    const view = await outlast(watched.look, runtime, leftMs).catch((error: unknown) => {
      if (signal.aborted) throw stopped()
      throw isOutage(error) ? outOfReach(error, goal, watched) : error
    })
    show(view)
    const result = resultOf(awaitedBy(goal), seenIn(view))
    if (result.is === 'reached') {
      terminal.err.line(`That took ${formatDuration(nowMs() - startMs)}.`)
      return view
    }
    refuseFailed(view, goal, result, watched)
    if (nowMs() - startMs >= goal.timeoutMs) throw stillPending(view, goal, watched)
    await sleep(PAUSE_MS)
    if (signal.aborted) throw stopped()
  }
}

/** What is purged has been removed as well. */
const awaitedBy = ({ phase, old = [] }: Goal): Awaited => ({
  ends: phase === 'Removed' ? GONE : [phase],
  old: old.map(failureOf),
})

const seenIn = ({ phase, observed, steps }: AgentView | PlaneView): Seen<StepView> => ({
  phase,
  isObserved: observed !== false,
  failures: steps.filter(({ state }) => state === 'failed'),
})

function refuseFailed(view: AgentView | PlaneView, { phase }: Goal, result: Result<StepView>, watched: Names): void {
  if (view.desiredState === 'removed') {
    if (phase === 'Removed' || phase === 'Purged') return
    throw new CliError(EXIT.failure, `${watched.what} is being removed.`)
  }
  if (result.is !== 'failed') return
  const { failure: failed } = result
  const why = failed === undefined ? reasonOf(view) : `step ${failed.name} failed: ${textOf(failed)}`
  const advice = failed === undefined ? '' : `, and once that is put right: planes retry ${watched.options}`
  throw new CliError(EXIT.failure, `${watched.what} is ${view.phase}: ${why}`, `See: ${statusOf(watched)}${advice}`)
}

type Names = Pick<Watched<unknown>, 'what' | 'options'>

function reasonOf({ invalid, conditions }: AgentView | PlaneView): string {
  const fault = faultOf(Object.fromEntries(conditions.map((condition) => [condition.name, condition])))
  return invalid ?? fault?.message ?? fault?.reason ?? 'no reason is recorded'
}

const textOf = ({ reason, message }: StepView): string => [reason, message].filter(Boolean).join(': ')

function stillPending(view: AgentView | PlaneView, { phase, timeoutMs }: Goal, watched: Names): CliError {
  const message = `${watched.what} is still ${view.phase}, not ${phase}, after ${formatDuration(timeoutMs)}; it goes on.`
  return new CliError(EXIT.pending, message, `See: ${statusOf(watched)}`)
}

function outOfReach(cause: Error, { phase, timeoutMs }: Goal, watched: Names): CliError {
  const unknown = `${watched.what} may be ${phase} by now; waiting ended after ${formatDuration(timeoutMs)}.`
  return new CliError(EXIT.pending, `${cause.message} ${unknown}`, `See: ${statusOf(watched)}`, { cause })
}

const statusOf = ({ options }: Names): string => `planes status ${options}`

/** Shows the steps of one look after another. */
function shower(err: Screen): (view: Pick<AgentView, 'steps'>) => void {
  const said = new Map<string, string>()
  return ({ steps }) => {
    const line = (step: StepView): string => stepLine(step, err)
    if (err.live) return err.redraw(steps.map(line))
    for (const step of steps) {
      const news = `${step.state} ${step.reason ?? ''}`
      if ((said.get(step.name) ?? 'idle ') !== news) err.line(line(step))
      said.set(step.name, news)
    }
    return undefined
  }
}
