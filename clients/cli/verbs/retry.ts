import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import type { Runtime } from '../runtime.ts'
import { finish } from './change-agent.ts'
import { finishPlane } from './change-plane.ts'

const SAID = { done: 'is being retried', idle: 'is about to be retried' } as const

/** `planes retry` */
export async function retryFailed(options: OptionsOf<'retry'>, runtime: Runtime): Promise<ExitCode> {
  const { plane, name, dryRun } = options
  const imagining = dryRun ? { dryRun } : {}
  if (name === undefined)
    return finishPlane(await runtime.api.retryPlane({ plane, ...imagining }), SAID, options, runtime)
  return finish(await runtime.api.retryAgent({ plane, name, ...imagining }), SAID, options, runtime)
}
