import { MAX_SECRET_BYTES } from '../../../shared/api/contract.ts'
import { ApiError } from '../../../shared/api/errors.ts'
import { CliError, EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import { retry } from '../retry.ts'
import type { Runtime } from '../runtime.ts'
import type { Terminal } from '../terminal.ts'

/** `planes secret set` */
export async function secretSet(options: OptionsOf<'secret set'>, runtime: Runtime): Promise<ExitCode> {
  const { plane, name, key, model, json } = options
  const value = await readValue(key, runtime.terminal)
  const call = { plane, name, key, value, ...(model && { model }) }
  const result = await retry(() => runtime.api.setSecret(call), isNotYet, runtime)
  const use = model === undefined ? '' : ` It is the key of ${model.provider}/${model.name} now.`
  printResult(runtime.terminal.out, json, result, [`Secret "${key}" of agent "${name}" is set.${use}`])
  return EXIT.ok
}

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
