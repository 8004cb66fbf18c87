import type { KnownBlock } from '@slack/types'
import type { AgentView, CostView, PlaneView, StepView } from '../api/views.ts'
import type { Phase } from '../documents/status.ts'
import { context, escaped, header, section, table } from './blocks.ts'
import { LIMITS } from './limits.ts'
import { shown } from './reply.ts'
import type { Reply } from './reply.ts'
import { inPlane } from './typed.ts'

const MARKS: Readonly<Record<Phase, string>> = {
  Ready: ':large_green_circle:',
  Pending: ':large_yellow_circle:',
  Provisioning: ':large_yellow_circle:',
  Removing: ':large_yellow_circle:',
  Unknown: ':grey_question:',
  Degraded: ':red_circle:',
  Failed: ':red_circle:',
  Stopped: ':white_circle:',
  Removed: ':white_circle:',
  Purged: ':white_circle:',
}

/** A phase that can be told at a glance, and read. */
export const phaseText = (phase: Phase): string => `${MARKS[phase]} ${phase}`

/** A plane and those agents of it that the person may see. */
export function fleetReply(title: string, agents: readonly AgentView[], plane?: PlaneView, home?: string): Reply {
  const state = plane === undefined ? '' : ` is ${plane.phase}`
  const lines = agents.map((agent) => `${agent.name}: ${agent.phase}${trouble(agent)}`)
  const room = LIMITS.tableRows - 1
  const more = agents.length > room ? [context(`${agents.length - room} more: \`planes status\` lists all.`)] : []
  const none = plane === undefined ? 'You have no agent here.' : noAgents(plane, home)
  return shown([`${title}${state}.`, ...(agents.length === 0 ? [none] : lines)].join('\n'), [
    section(`*${escaped(title)}*${plane === undefined ? '' : `  ${phaseText(plane.phase)}`}`),
    ...(agents.length === 0 ? [section(none)] : [agentTable(title, agents)]),
    ...more,
    ...agents.filter(needsSomebody).slice(0, 10).map(why),
  ])
}

const noAgents = ({ name }: PlaneView, home: string | undefined): string =>
  `No agents yet. Add one: \`/planes add @PERSON${inPlane(name, home)}\``

const agentTable = (caption: string, agents: readonly AgentView[]): KnownBlock =>
  table(caption, [
    ['Agent', 'Phase', 'Owner', 'Heartbeat'],
    ...agents.map(({ name, phase, owner = '', heartbeat }) => [
      name,
      phase,
      owner,
      heartbeat === undefined ? '' : `${Math.round(heartbeat.ageMs / 1000)} s ago`,
    ]),
  ])

const needsSomebody = (agent: AgentView): boolean => trouble(agent) !== ''

const why = (agent: AgentView): KnownBlock => context(`*${escaped(agent.name)}*${escaped(trouble(agent))}`)

/** What of an agent is not as it should be. */
function trouble({ steps, invalid, phase }: AgentView): string {
  if (invalid !== undefined) return `, spec: ${invalid}`
  if (phase === 'Ready' || phase === 'Stopped' || phase === 'Removed' || phase === 'Purged') return ''
  const failed = steps.find(({ state }) => state === 'failed')
  return failed === undefined ? '' : `, step ${failed.name} failed: ${failed.message ?? failed.reason ?? ''}`
}

const STEP_MARKS: Readonly<Record<StepView['state'], string>> = {
  idle: ':white_small_square:',
  doing: ':hourglass_flowing_sand:',
  waiting: ':hourglass:',
  ready: ':white_check_mark:',
  failed: ':x:',
  held: ':heavy_minus_sign:',
  gone: ':white_check_mark:',
}

/** One agent with every step, and what somebody should know. */
export function agentReply(agent: AgentView): Reply {
  const { plane, name, phase, owner, machineType, gatewayUrl, model, cost, conditions } = agent
  const facts = [
    owner && `Owner: ${owner}`,
    machineType && `Machine: ${machineType}`,
    gatewayUrl && `Gateway: ${gatewayUrl}`,
    model && `Model: ${model.name}`,
    cost && `Cost: ${costText(cost)}`,
  ].filter((fact) => fact !== undefined && fact !== '')
  const told = conditions.flatMap(({ name, message }) => (message === undefined ? [] : [`${name}: ${message}`]))
  const steps = agent.steps.map((step) => `${step.name}: ${step.state}${stepWhy(step)}`)
  const marked = agent.steps.map((step) => `${STEP_MARKS[step.state]} ${step.name}${escaped(stepWhy(step))}`)
  return shown([`${plane}/${name} is ${phase}.`, ...facts, ...steps, ...told].join('\n'), [
    header(`${plane}/${name}`),
    section([phaseText(phase), ...facts.map((fact) => escaped(String(fact)))].join('\n')),
    section(marked.join('\n')),
    ...told.slice(0, 10).map((text) => context(escaped(text))),
  ])
}

const stepWhy = ({ state, message, reason }: StepView): string =>
  state === 'ready' || state === 'gone' || (message ?? reason) === undefined ? '' : ` (${message ?? reason})`

/** An estimate in words, with what it assumes. */
function costText({ soFar, ...cost }: CostView): string {
  return soFar === undefined ? monthText(cost) : `${soFarText(soFar)}, ${soFar.assumption}; ${monthText(cost)}`
}

const soFarText = ({ usd }: NonNullable<CostView['soFar']>): string => `about $${usd.toFixed(2)} so far this month`

const monthText = ({ usdPerMonth, usdPerHourRunning, missing }: CostView): string =>
  usdPerMonth === undefined || usdPerHourRunning === undefined
    ? `no estimate: the price of ${missing ?? 'it'} is not known`
    : `about $${usdPerMonth.toFixed(2)} a month, $${usdPerHourRunning.toFixed(4)} an hour of running`

const NOTE =
  'Estimates by list prices, by the calendar month in UTC. A machine counts as having run until its last stop: earlier ' +
  'stops are not on record. Purged agents are not counted.'

/** What agents are estimated to have cost this month, and to cost in a whole one. */
export function costReply(agents: readonly AgentView[]): Reply {
  const lines = agents.map(({ name, cost }) => `${name}: ${cost === undefined ? 'nobody sends a bill' : inShort(cost)}`)
  const sum = (of: (cost: CostView) => number | undefined): string =>
    agents.reduce((sum, { cost }) => sum + ((cost && of(cost)) ?? 0), 0).toFixed(2)
  const [past, month] = [sum(({ soFar }) => soFar?.usd), sum(({ usdPerMonth }) => usdPerMonth)]
  const unknown = agents.filter(({ cost }) => cost !== undefined && cost.soFar === undefined).length
  const but = unknown === 0 ? '' : `, and ${unknown} without an estimate`
  const total = `Together about $${past} so far this month, about $${month} a month${but}; without traffic and models. ${NOTE}`
  return shown([...lines, total].join('\n'), [section(fitting(lines) || 'No agents yet.'), context(total)])
}

/** As many lines as one paragraph takes, each of them whole. */
function fitting(lines: readonly string[]): string {
  let text = ''
  for (const [i, line] of lines.entries()) {
    const more = `\n${lines.length - i} more: \`planes cost\` lists all.`
    const longer = `${text}${i === 0 ? '' : '\n'}${escaped(line)}`
    if (longer.length + more.length > LIMITS.sectionText) return text + more
    text = longer
  }
  return text
}

const inShort = (cost: CostView): string =>
  cost.soFar === undefined ? monthText(cost) : `${soFarText(cost.soFar)}, ${monthText(cost)}`
