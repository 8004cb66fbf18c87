import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes show`: for admins, viewers and the agent's owner, who sees no more of the plane. */
export async function show({ plane, name, json }: OptionsOf<'show'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const { agent } = await api.getAgent({ plane, name })
  const { agentLines } = await import('../status-text.ts')
  printResult(terminal.out, json, { agent }, json ? [] : agentLines(agent, terminal.out))
  return EXIT.ok
}
