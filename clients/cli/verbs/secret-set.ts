import { MAX_SECRET_BYTES } from '../../../shared/api/inputs.ts'
import { ApiError } from '../../../shared/api/errors.ts'
import { clean } from '../clean.ts'
import { CliError, EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import { isOutage, lasting, retry } from '../retry.ts'
import type { Runtime } from '../runtime.ts'
import type { Terminal } from '../terminal.ts'

/** `planes secret set`. A value is asked for, and sent, only where the plane takes values. */
export async function secretSet(options: OptionsOf<'secret set'>, runtime: Runtime): Promise<ExitCode> {
  const { plane, name, key, model, json, dryRun } = options
  if (dryRun) {
    const { agent, plan } = await runtime.api.setSecret({ plane, name, key, dryRun, ...(model && { model }) })
    printResult(runtime.terminal.out, json, { agent, plan }, plan === undefined ? [] : planLines(plan))
    return EXIT.ok
  }
  const { agent } = await runtime.api.getAgent({ plane, name })
  const value = agent.backend === 'vm' ? undefined : await readValue(key, runtime.terminal)
  const call = { plane, name, key, ...(value !== undefined && { value }), ...(model && { model }) }
  let isAwaited = false
  const passes = (error: unknown): boolean => {
    isAwaited ||= isNotYet(error)
    return isAwaited && (isNotYet(error) || isOutage(error))
  }
  const result = await retry(() => runtime.api.setSecret(call), passes, runtime, lasting(options.timeoutMs))
  const done = result.command === undefined ? 'is set' : 'is named'
  const use = model === undefined ? '' : ` It is the key of ${model.provider}/${model.name} now.`
  const lines = [`Secret "${key}" of agent "${name}" ${done}.${use}`, ...commandLines(result.command)]
  printResult(runtime.terminal.out, json, result, lines)
  return EXIT.ok
}

const commandLines = (command: string | undefined): string[] =>
  command === undefined ? [] : ['Set its value yourself, as its owner:', `  printf %s "$VALUE" | ${clean(command)}`]

async function readValue(key: string, terminal: Terminal): Promise<string> {
  const text = terminal.canAsk
    ? await terminal.askHidden(`Value of "${key}" (not shown): `)
    : await terminal.readInput(MAX_SECRET_BYTES)
  const value = text.replace(/\r?\n$/, '')
  if (value !== '') return value
  const example = `printf %s "$KEY" | planes secret set --secret ${key} …`
  throw new CliError(EXIT.failure, `No value for "${key}" came from standard input.`, `Pipe it in: ${example}`)
}

/** A secret that is new to the spec has a place a moment later. */
const isNotYet = (error: unknown): boolean => error instanceof ApiError && error.body.code === 'NotYet'
