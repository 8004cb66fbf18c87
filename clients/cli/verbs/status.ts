import type { ApiClient } from '../../../shared/api/client.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printJsonLine, printResult } from '../result.ts'
import { outlast } from '../retry.ts'
import type { Runtime } from '../runtime.ts'
import type { Fleet } from '../status-text.ts'

const PAUSE_MS = 1000

/** `planes status` */
export async function status(options: OptionsOf<'status'>, runtime: Runtime): Promise<ExitCode> {
  const { terminal, api } = runtime
  if (options.watch) return watch(options, runtime)
  const planes = await read(options, api)
  printResult(terminal.out, options.json, { planes }, options.json ? [] : await lines(options, planes, runtime))
  return EXIT.ok
}

async function watch(options: OptionsOf<'status'>, runtime: Runtime): Promise<ExitCode> {
  const { out } = runtime.terminal
  const look = () => read(options, runtime.api)
  let planes = await look()
  let last = ''
  for (;;) {
    const text = options.json ? [] : await lines(options, planes, runtime)
    const now = options.json ? JSON.stringify(settled(planes)) : text.join('\n')
    if (now !== last) {
      if (options.json) printJsonLine(out, { planes })
      else if (out.live) out.redraw(text)
      else out.lines([...text, ''])
    }
    last = now
    await runtime.sleep(PAUSE_MS)
    if (runtime.signal.aborted) return EXIT.ok
    // What has begun to be watched goes on over an outage.
    planes = await outlast(look, runtime)
  }
}

async function lines({ name }: OptionsOf<'status'>, planes: readonly Fleet[], { terminal }: Runtime) {
  const { fleetLines, agentLines } = await import('../status-text.ts')
  const agent = name === undefined ? undefined : planes[0]?.agents[0]
  return agent === undefined ? fleetLines(planes, terminal.out) : agentLines(agent, terminal.out)
}

async function read({ plane, name, all, json }: OptionsOf<'status'>, api: ApiClient): Promise<Fleet[]> {
  if (plane !== undefined && name !== undefined) {
    const [fleet, { agent }] = await Promise.all([api.getPlane({ plane, brief: true }), api.getAgent({ plane, name })])
    return [{ ...fleet.plane, agents: [agent] }]
  }
  const names = plane === undefined ? (await api.listPlanes({})).planes.map(({ name }) => name) : [plane]
  const fleets = await Promise.all(names.map((each) => api.getPlane({ plane: each, purged: all, brief: !json })))
  return fleets.map(({ plane, agents }) => Object.assign(plane, { agents }))
}

/** Without what changes by the clock alone. */
const settled = (planes: readonly Fleet[]): unknown =>
  JSON.parse(JSON.stringify(planes, (key, value: unknown) => (CLOCKS.has(key) ? undefined : value)))

const CLOCKS = new Set(['durationMs', 'heartbeat'])
