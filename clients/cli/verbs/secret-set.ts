import { MAX_SECRET_BYTES } from '../../../shared/api/inputs.ts'
import type { Output } from '../../../shared/api/contract.ts'
import { ApiError } from '../../../shared/api/errors.ts'
import { clean } from '../clean.ts'
import { CliError, EXIT, cancelled } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import { NotYetAdded, addVersion, hindranceOf } from '../gcloud.ts'
import type { Hindrance } from '../gcloud.ts'
import type { OptionsOf } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import { isOutage, lasting, retry } from '../retry.ts'
import type { Runtime } from '../runtime.ts'
import type { Terminal } from '../terminal.ts'

type Options = OptionsOf<'secret set'>
type Named = Output<'setSecret'>

/** `planes secret set`. A value is sent only where the plane takes values; elsewhere it goes straight to its vault. */
export async function secretSet(options: Options, runtime: Runtime): Promise<ExitCode> {
  if (options.dryRun) return imagine(options, runtime)
  const { plane, name, key } = options
  const { agent } = await runtime.api.getAgent({ plane, name })
  if (agent.backend === 'vm') return setByOwner(options, runtime)
  const value = await readValue(key, runtime.terminal)
  return tellSet(await send(options, runtime, options.timeoutMs, value), options, runtime)
}

async function imagine({ plane, name, key, model, json }: Options, { api, terminal }: Runtime): Promise<ExitCode> {
  const { agent, plan, next } = await api.setSecret({ plane, name, key, dryRun: true, ...(model && { model }) })
  const after = next === undefined ? [] : [`Once its value is set: ${clean(next)}`]
  const lines = plan === undefined ? [] : [...planLines(plan), ...after]
  printResult(terminal.out, json, { agent, plan, ...(next !== undefined && { next }) }, lines)
  return EXIT.ok
}

/** Names the secret by the API, then adds its value by gcloud, as its owner, and only then uses it for the model. */
async function setByOwner(options: Options, runtime: Runtime): Promise<ExitCode> {
  const { key, timeoutMs } = options
  const { terminal, nowMs, runProgram } = runtime
  const startMs = nowMs()
  const named = await send(options, runtime, timeoutMs)
  const { place, agent } = named
  if (place === undefined) return leave(named, NOT_GOOGLES, options, runtime)
  const hindrance = await hindranceOf(runProgram)
  if (runtime.signal.aborted) throw cancelled()
  if (hindrance !== undefined) return leave(named, hindrance, options, runtime)
  const leftMs = timeoutMs - (nowMs() - startMs)
  const value = await readValue(key, terminal)
  const add = () => addVersion({ ...place, owner: agent.owner }, value, runProgram)
  await retry(add, (error) => error instanceof NotYetAdded, runtime, lasting(leftMs))
  return tellSet(await useForModel(named, options, runtime), options, runtime)
}

const NOT_GOOGLES: Hindrance = {
  exitCode: EXIT.failure,
  text: `The cloud of this plane is not Google's own.`,
  fix: 'Point gcloud at it before you run that.',
}

/** Asks the plane, for so long as the place for the value is still being made. */
async function send({ plane, name, key, model }: Options, runtime: Runtime, forMs: number, value?: string) {
  const call = { plane, name, key, ...(value !== undefined && { value }), ...(model && { model }) }
  let isAwaited = false
  const passes = (error: unknown): boolean => {
    isAwaited ||= isNotYet(error)
    return isAwaited && (isNotYet(error) || isOutage(error))
  }
  return retry(() => runtime.api.setSecret(call), passes, runtime, lasting(forMs))
}

/** A secret that is new to the spec has a place a moment later. */
const isNotYet = (error: unknown): boolean => error instanceof ApiError && error.body.code === 'NotYet'

async function useForModel(named: Named, { plane, name, key, model }: Options, runtime: Runtime): Promise<Named> {
  const { command: _, next = 'planes update-agent', ...rest } = named
  if (model === undefined) return rest
  const call = { plane, name, model: { ...model, apiKeySecret: key } }
  try {
    const { agent } = await retry(() => runtime.next.updateAgent(call), isOutage, runtime, lasting(MODEL_MS))
    return { ...rest, agent }
  } catch (error) {
    runtime.terminal.err.line(`Its value is set, its model is not. To set that: ${clean(next)}`)
    throw error
  }
}

const MODEL_MS = 30_000

function tellSet(result: Named, { key, name, model, json }: Options, { terminal }: Runtime): ExitCode {
  const use = model === undefined ? '' : ` It is the key of ${model.provider}/${model.name} now.`
  const text = `Secret "${key}" of agent "${name}" is set.${use}`
  printResult(terminal.out, json, result, [text])
  return EXIT.ok
}

/** What its owner still has to do, where nothing here can: as JSON, `command` is there while the value is not. */
function leave(named: Named, { exitCode, text, fix }: Hindrance, options: Options, { terminal }: Runtime): ExitCode {
  const { command = '', next } = named
  const lines = [
    `Secret "${options.key}" of agent "${options.name}" is named; it has no new value yet.`,
    'Set its value yourself, as its owner:',
    `  printf %s "$VALUE" | ${clean(command)}`,
    ...(next === undefined ? [] : ['Then make it the key of the model:', `  ${clean(next)}`]),
  ]
  printResult(terminal.out, options.json, named, lines)
  terminal.err.line(`${text} ${fix}`)
  return exitCode
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
