import { processTerminal } from '../../clients/cli/process-terminal.ts'
import { apiClient } from '../../shared/api/client.ts'
import { endAgents } from './agents.ts'
import { showAgents } from './agents-shown.ts'
import { banner, simulationLines } from './banner.ts'
import type { PlaneGround } from './first-run.ts'
import { parseOptions, usage, type Options } from './options.ts'
import { startPlane, type Plane } from './plane.ts'
import { AGENT_FREE_MEMORY_BYTES, findingLines, preflight, refuseWrong, type Machine } from './preflight.ts'
import { SIMULATED } from './simulated-cloud.ts'
import { StartError } from './start-error.ts'
import { openState, type State } from './state.ts'

const terminal = processTerminal(process)
const say = (line: string): void => terminal.out.line(line)

/** Runs the local plane until it is told to stop, or cannot go on. The exit code. @throws StartError when it cannot start */
async function main(options: Options): Promise<number> {
  const stopping = stopSignal()
  const state = await openState(options.stateFolder)
  try {
    await state.keepTo(options.simulateGcp ? 'vm' : 'process')
    if (options.reset || options.simulateGcp) await reset(options, state)
    say('Looking at this machine:')
    const machine = await preflight(process.env, state.folder, {
      apiPort: options.port,
      simulated: options.simulateGcp !== undefined,
    })
    findingLines(machine.findings).forEach(say)
    refuseWrong(machine.findings)
    return await run(options, state, machine, stopping)
  } finally {
    await state.close()
  }
}

async function reset({ simulateGcp }: Options, state: State): Promise<void> {
  // A simulated cloud forgets everything when it ends, and so must its plane.
  if (!simulateGcp) say(`Starting over: everything in ${state.folder} is deleted.`)
  await endAgents(state.folder)
  await state.clear()
}

async function run(options: Options, state: State, machine: Machine, stopping: AbortSignal): Promise<number> {
  const sinceMs = Date.now()
  const { simulateGcp } = options
  const plane = await startPlane({ state, ports: machine.ports, simulateGcp, say })
  try {
    banner(plane.urls, state.folder, simulateGcp === undefined).forEach(say)
    const cloud = plane.urls['google cloud']
    if (simulateGcp && cloud !== undefined)
      simulationLines({ address: cloud, ...simulateGcp, stateFolder: state.folder }).forEach(say)
    const api = apiClient({ url: plane.apiUrl, token: await state.token(), fetch: (request) => fetch(request) })
    const firstAgent = wantsAgent(options, machine)
    const ground = simulateGcp ? SIMULATED_GROUND : GROUND
    const showing = showAgents({ api, terminal, firstAgent, ground, sinceMs, signal: stopping })
    return await Promise.race([untilOver(plane, stopping), settled(showing, plane)])
  } finally {
    say('Stopping …')
    await plane.stop()
    say(`Stopped. Start again with: npm start${simulateGcp ? ' -- --simulate-gcp' : ''}`)
  }
}

/** What the plane `local` stands on. */
const GROUND: PlaneGround = { project: 'local-plane', region: 'us-east4', backend: 'process' }
const SIMULATED_GROUND: PlaneGround = { project: SIMULATED.project, region: SIMULATED.region, backend: 'vm' }

function wantsAgent({ agent, simulateGcp }: Options, { freeMemoryBytes }: Machine): boolean {
  if (!agent || simulateGcp !== undefined || freeMemoryBytes >= AGENT_FREE_MEMORY_BYTES) return agent
  say('Too little memory is free for an agent: ada is left out. Add agents later with: npx planes add-agent')
  return false
}

/** Never resolves: what is shown of agents ends, or fails, and the plane goes on. */
async function settled(showing: Promise<void>, plane: Plane): Promise<never> {
  await showing.catch((error: unknown) => terminal.err.line(error instanceof Error ? error.message : String(error)))
  plane.settle()
  return new Promise<never>(() => undefined)
}

/** Resolves with the exit code when the person stops it, or when a part of it died. */
async function untilOver({ died }: Plane, stopping: AbortSignal): Promise<number> {
  const stopped = new Promise<undefined>((resolve) => {
    stopping.addEventListener('abort', () => resolve(undefined), { once: true })
    if (stopping.aborted) resolve(undefined)
  })
  const obituary = await Promise.race([died, stopped])
  if (obituary === undefined) return 0
  terminal.err.line(obituary)
  return 1
}

// npm passes on a Ctrl-C that the terminal has sent us already: so soon after the first, it is no second one.
const IMPATIENT_AFTER_MS = 1_000

/** Aborts on the first Ctrl-C or SIGTERM. A second one ends at once, and the emulators with it. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  let firstAtMs = 0
  const stop = (): void => {
    if (stopping.signal.aborted && Date.now() - firstAtMs > IMPATIENT_AFTER_MS) process.exit(1)
    if (stopping.signal.aborted) return
    firstAtMs = Date.now()
    stopping.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop)
  return stopping.signal
}

try {
  const options = parseOptions(process.argv.slice(2), process.cwd())
  if (options.help) say(usage)
  process.exit(options.help ? 0 : await main(options))
} catch (error) {
  terminal.err.line(error instanceof StartError ? error.message : String(error instanceof Error ? error.stack : error))
  process.exit(1)
}
