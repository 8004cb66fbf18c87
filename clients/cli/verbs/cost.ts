import type { AgentView, CostView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { costText } from '../cost-text.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes cost`: what each agent is estimated to have cost this month, and to cost in a whole one, and all of them. */
export async function cost({ plane, name, json }: OptionsOf<'cost'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const agents = await read(plane, name, api)
  const told = agents.map((agent) => ({ name: agent.name, uid: agent.uid, ...(agent.cost && { cost: agent.cost }) }))
  const sums = {
    usdPerMonth: sum(agents, ({ usdPerMonth }) => usdPerMonth),
    usdSoFar: sum(agents, ({ soFar }) => soFar?.usd),
  }
  printResult(terminal.out, json, { plane, agents: told, ...sums }, lines(agents, sums))
  if (agents.some((agent) => agent.cost?.soFar !== undefined)) terminal.err.line(NOTE)
  return EXIT.ok
}

const NOTE =
  'These are estimates from a price list, by the calendar month in UTC. A machine counts as having run until its last ' +
  'stop: earlier stops are not on record. Purged agents are not counted.'

/** To the cent, as what is added up. */
function sum(agents: readonly AgentView[], of: (cost: CostView) => number | undefined): number {
  const usd = agents.reduce((sum, { cost }) => sum + ((cost && of(cost)) ?? 0), 0)
  return Math.round(usd * 100) / 100
}

type Sums = { readonly usdPerMonth: number; readonly usdSoFar: number }

async function read(plane: string, name: string | undefined, api: Runtime['api']): Promise<readonly AgentView[]> {
  if (name !== undefined) return [(await api.getAgent({ plane, name })).agent]
  return (await api.getPlane({ plane, brief: true })).agents
}

function lines(agents: readonly AgentView[], { usdPerMonth, usdSoFar }: Sums): string[] {
  const each = agents.map(
    ({ name, cost }) => `${clean(name)}: ${cost === undefined ? 'nobody sends a bill' : costText(cost)}`,
  )
  const unknown = agents.filter(({ cost }) => cost?.usdPerMonth === undefined || cost.soFar === undefined).length
  const but = unknown === 0 ? '' : `, and ${unknown} without an estimate`
  const all = `all: about $${usdSoFar.toFixed(2)} so far this month; about $${usdPerMonth.toFixed(2)} a month${but}`
  return agents.length < 2 ? each : [...each, all]
}
