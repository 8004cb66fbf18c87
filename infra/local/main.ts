import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '../../clients/cli/wait.ts'
import { processTerminal } from '../../clients/cli/process-terminal.ts'
import { apiClient, type ApiClient } from '../../shared/api/client.ts'
import { endAgents } from './agents.ts'
import { banner, greeting, nextCommands } from './banner.ts'
import { ensureFirstAgent, PLANE } from './first-run.ts'
import { parseOptions, usage, type Options } from './options.ts'
import { startPlane } from './plane.ts'
import { AGENT_FREE_MEMORY_BYTES, findingLines, preflight, refuseWrong, type Machine } from './preflight.ts'
import { StartError } from './start-error.ts'
import { openState, type State } from './state.ts'

const terminal = processTerminal(process)
const say = (line: string): void => terminal.out.line(line)

const READY_WITHIN_MS = 15 * 60_000

/** Runs the local plane until it is told to stop. The exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, process.cwd())
  if (options.help) {
    say(usage)
    return 0
  }
  const stopping = stopSignal()
  const state = await openState(options.stateFolder)
  try {
    if (options.reset) await reset(state)
    say('Looking at this machine:')
    const machine = await preflight(process.env, state.folder, options.port)
    for (const line of findingLines(machine.findings)) say(line)
    refuseWrong(machine.findings)
    return await run(options, state, machine, stopping)
  } finally {
    await state.close()
  }
}

async function reset(state: State): Promise<void> {
  say(`Starting over: everything in ${state.folder} is deleted.`)
  await endAgents(state.folder)
  await state.clear()
}

async function run(options: Options, state: State, machine: Machine, stopping: AbortSignal): Promise<number> {
  const token = await state.token()
  const plane = await startPlane({ state, ports: machine.ports, say })
  try {
    for (const line of banner(plane.urls, state.folder)) say(line)
    const api = apiClient({ url: plane.apiUrl, token, fetch: (request) => fetch(request) })
    const work = showAgents(api, options, machine, stopping).finally(() => plane.settle())
    const died = await Promise.race([
      plane.died,
      stopped(stopping),
      work.then(() => new Promise<never>(() => undefined)),
    ])
    if (died !== undefined) throw new StartError(`${died}\nStart again with: npm start`)
    return 0
  } finally {
    say('Stopping …')
    await plane.stop()
    say('Stopped. Start again with: npm start')
  }
}

async function showAgents(api: ApiClient, { agent }: Options, machine: Machine, signal: AbortSignal): Promise<void> {
  const enoughMemory = machine.freeMemoryBytes >= AGENT_FREE_MEMORY_BYTES
  if (agent && !enoughMemory)
    say('Little memory is free: the agent ada is not provisioned. Add it later with: npx planes add-agent')
  const { resumed, added } = await ensureFirstAgent(api, agent && enoughMemory)
  const shown = added ?? resumed.find(({ desiredState }) => desiredState === 'running')
  if (shown === undefined) return nextCommands(PLANE).forEach(say)
  say(added ? `Provisioning your first agent, ${added.name}:` : `Resuming ${resumed.length} agent(s); ${shown.name}:`)
  try {
    const sleep = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined)
    const ready = await waitFor(
      shown,
      { phase: 'Ready', timeoutMs: READY_WITHIN_MS },
      { api, terminal, nowMs: Date.now, sleep, signal },
    )
    greeting(ready).forEach(say)
  } catch (error) {
    if (signal.aborted) return
    say(error instanceof Error ? error.message : String(error))
    nextCommands(PLANE).forEach(say)
  }
}

/** Aborts on the first Ctrl-C or SIGTERM; a second one ends at once, and the emulators with it. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(1)
      stopping.abort()
    })
  }
  return stopping.signal
}

const stopped = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  terminal.err.line(error instanceof StartError ? error.message : String(error instanceof Error ? error.stack : error))
  process.exit(1)
}
