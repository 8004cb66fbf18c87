import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import { waitFor, waitForPlane } from '../wait.ts'

/** `planes retry` */
export function retryFailed({ name, ...options }: OptionsOf<'retry'>, runtime: Runtime): Promise<ExitCode> {
  return name === undefined ? retryPlane(options, runtime) : retryAgent({ ...options, name }, runtime)
}

type Options = OptionsOf<'retry'>

async function retryAgent(options: Options & { readonly name: string }, runtime: Runtime): Promise<ExitCode> {
  const { plane, name, wait, json, timeoutMs } = options
  const { agent, upToDate } = await runtime.api.retryAgent({ plane, name })
  const { out, err } = runtime.terminal
  const done = said(`Agent "${name}"`, upToDate)
  if (!wait) {
    printResult(out, json, { agent, upToDate }, [done])
    return EXIT.ok
  }
  err.line(done)
  const phase = agent.desiredState === 'stopped' ? 'Stopped' : 'Ready'
  const view = await waitFor(agent, { phase, timeoutMs, old: agent.steps }, runtime)
  printResult(out, json, { agent: view, upToDate }, [`Agent "${name}" is ${view.phase}.`])
  return EXIT.ok
}

async function retryPlane({ plane: name, wait, json, timeoutMs }: Options, runtime: Runtime): Promise<ExitCode> {
  const { plane, upToDate } = await runtime.api.retryPlane({ plane: name })
  const { out, err } = runtime.terminal
  const done = said(`Plane "${name}"`, upToDate)
  if (!wait) {
    printResult(out, json, { plane, upToDate }, [done])
    return EXIT.ok
  }
  err.line(done)
  const view = await waitForPlane(plane, { phase: 'Ready', timeoutMs, old: plane.steps }, runtime)
  printResult(out, json, { plane: view, upToDate }, [`Plane "${name}" is ${view.phase}.`])
  return EXIT.ok
}

const said = (what: string, upToDate: boolean): string => `${what} is ${upToDate ? 'about to be' : 'being'} retried.`
