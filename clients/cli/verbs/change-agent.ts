import type { Output } from '../../../shared/api/contract.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { Common, Imagining, OptionsOf, Waiting } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import { waitFor } from '../wait.ts'

type Changed = Output<'startAgent'>

const VERBS = {
  start: { call: 'startAgent', done: 'is being started', idle: 'is running already, or about to be' },
  stop: { call: 'stopAgent', done: 'is being stopped', idle: 'is stopped already, or about to be' },
  restart: { call: 'restartAgent', done: 'is being restarted', idle: 'is about to be restarted' },
} as const

/** `planes start`, `planes stop` and `planes restart` */
export async function changeState(
  verb: keyof typeof VERBS,
  { plane, name, dryRun, ...options }: OptionsOf<keyof typeof VERBS>,
  runtime: Runtime,
): Promise<ExitCode> {
  const { call, done, idle } = VERBS[verb]
  const changed = await runtime.api[call]({ plane, name, ...(dryRun && { dryRun }) })
  return finish(changed, { done, idle }, options, runtime)
}

/** `planes update-agent` */
export async function updateAgent(
  { fields, ...options }: OptionsOf<'update-agent'>,
  runtime: Runtime,
): Promise<ExitCode> {
  const changed = await runtime.api.updateAgent(fields)
  return finish(changed, { done: 'is being changed', idle: 'is up to date' }, options, runtime)
}

/** Shows what was planned, or what was done and, when asked to, what came of it. */
export async function finish(
  { agent, upToDate, plan }: Changed,
  { done, idle }: { readonly done: string; readonly idle: string },
  { json, wait, timeoutMs }: Common & Waiting & Imagining,
  runtime: Runtime,
): Promise<ExitCode> {
  const { out, err } = runtime.terminal
  if (plan !== undefined) {
    printResult(out, json, { agent, upToDate, plan }, planLines(plan))
    return EXIT.ok
  }
  const said = `Agent "${agent.name}" ${upToDate ? idle : done}.`
  if (!wait) {
    printResult(out, json, { agent, upToDate }, [said])
    return EXIT.ok
  }
  err.line(said)
  const phase = agent.desiredState === 'stopped' ? 'Stopped' : 'Ready'
  const view = await waitFor(agent, { phase, timeoutMs, old: agent.steps }, runtime)
  printResult(out, json, { agent: view, upToDate }, [`Agent "${agent.name}" is ${view.phase}.`])
  return EXIT.ok
}
