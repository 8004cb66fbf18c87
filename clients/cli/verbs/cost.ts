import type { AgentView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { costText } from '../cost-text.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes cost`: what each agent is estimated to cost, and all of them. */
export async function cost({ plane, name, json }: OptionsOf<'cost'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const agents = await read(plane, name, api)
  const told = agents.map((agent) => ({ name: agent.name, uid: agent.uid, ...(agent.cost && { cost: agent.cost }) }))
  const usdPerMonth = agents.reduce((sum, agent) => sum + (agent.cost?.usdPerMonth ?? 0), 0)
  printResult(terminal.out, json, { plane, agents: told, usdPerMonth }, lines(agents, usdPerMonth))
  return EXIT.ok
}

async function read(plane: string, name: string | undefined, api: Runtime['api']): Promise<readonly AgentView[]> {
  if (name !== undefined) return [(await api.getAgent({ plane, name })).agent]
  return (await api.getPlane({ plane, brief: true })).agents
}

function lines(agents: readonly AgentView[], usdPerMonth: number): string[] {
  const each = agents.map(
    ({ name, cost }) => `${clean(name)}: ${cost === undefined ? 'nobody sends a bill' : costText(cost)}`,
  )
  const unknown = agents.filter(({ cost }) => cost?.usdPerMonth === undefined).length
  const but = unknown === 0 ? '' : `, and ${unknown} without an estimate`
  return agents.length < 2 ? each : [...each, `all: about $${usdPerMonth.toFixed(2)} a month${but}`]
}
