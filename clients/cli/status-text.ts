import type { AgentView, PlaneView, ResourceView } from '../../shared/api/views.ts'
import type { Phase } from '../../shared/documents/status.ts'
import { clean } from './clean.ts'
import { columns } from './columns.ts'
import { costText } from './cost-text.ts'
import { formatDuration } from './duration.ts'
import { isOver, stepLine } from './step-text.ts'
import type { Screen, Tone } from './terminal.ts'
import { toldConditions } from './told-conditions.ts'

/** A plane and those of its agents that are shown. */
export type Fleet = PlaneView & { readonly agents: readonly AgentView[] }

const TONES: Readonly<Record<Phase, Tone>> = {
  Ready: 'green',
  Pending: 'yellow',
  Provisioning: 'yellow',
  Removing: 'yellow',
  Unknown: 'yellow',
  Degraded: 'red',
  Failed: 'red',
  Stopped: 'gray',
  Removed: 'gray',
  Purged: 'gray',
}

/** Every plane as a heading and a table of its agents, and under it what is not done or needs somebody. */
export function fleetLines(planes: readonly Fleet[], screen: Screen): string[] {
  if (planes.length === 0)
    return [
      'No plane has an agent of yours, or you in a role. Create one: planes create --name NAME --project P --region R',
    ]
  return planes.flatMap((plane, index) => [...(index === 0 ? [] : ['']), ...planeLines(plane, screen)])
}

function planeLines(plane: Fleet, screen: Screen): string[] {
  const { agents, phase, backend, project, region, agentsThatFit } = plane
  const room = agentsThatFit === undefined ? undefined : `room for ${agentsThatFit} more`
  const place = [backend, project, region, room].filter((part) => part !== undefined).map(clean)
  const heading = `${screen.paint('bold', clean(plane.name))}  ${phaseText(phase, screen)}  ${place.join(' · ')}`
  const own = phase === 'Ready' ? [] : plane.steps.filter((step) => !isOver(step))
  const steps = [...own.map((step) => stepLine(step, screen)), ...standing(plane, screen), ...reasons(plane, screen)]
  if (agents.length === 0) {
    return [
      heading,
      ...steps,
      `No agents yet. Add one: planes add-agent --plane ${clean(plane.name)} --name NAME --owner EMAIL`,
    ]
  }
  return [
    heading,
    ...steps,
    ...agentTable(agents, screen),
    ...agents.flatMap((agent) => troubles(agent, screen)),
    ...hints(agents),
  ]
}

/** What agents share, in one line. */
const standing = ({ resources }: Fleet, screen: Screen): string[] =>
  resources.length === 0
    ? []
    : [screen.paint('gray', `shared: ${resources.map(({ kind, name }) => `${kind} ${clean(name)}`).join(', ')}`)]

const COLUMNS = ['NAME', 'PHASE', 'OWNER', 'HEARTBEAT', 'MACHINE', 'MODEL', 'GATEWAY'] as const

function agentTable(agents: readonly AgentView[], screen: Screen): string[] {
  const billed = agents.some(({ cost }) => cost !== undefined)
  const head = [...COLUMNS, ...(billed ? ['USD/MONTH'] : [])].map((text) => ({ text, tone: 'gray' as const }))
  const rows = agents.map((agent) => [
    { text: clean(agent.name) },
    { text: agent.phase, tone: TONES[agent.phase] },
    { text: clean(agent.owner ?? '-') },
    { text: heartbeatText(agent) },
    { text: clean(agent.machineId ?? '-') },
    { text: clean(agent.model?.name ?? '-') },
    { text: clean(agent.gatewayUrl ?? '-') },
    ...(billed ? [{ text: agent.cost?.usdPerMonth?.toFixed(2) ?? '?' }] : []),
  ])
  return columns([head, ...rows], screen)
}

/** What is not done, or wrong, under the agent's name. */
function troubles(agent: AgentView, screen: Screen): string[] {
  const settled = agent.phase === 'Ready' || agent.phase === 'Stopped' || agent.phase === 'Removed'
  const steps =
    settled || agent.phase === 'Purged' ? [] : agent.steps.filter((step) => !isOver(step) && step.state !== 'idle')
  const lines = [...reasons(agent, screen), ...steps.map((step) => stepLine(step, screen))]
  return lines.length === 0 ? [] : [`${clean(agent.name)}:`, ...lines]
}

/** What somebody should know or do. */
function reasons(subject: AgentView | PlaneView, screen: Screen): string[] {
  const { invalid } = subject
  const told = toldConditions(subject).flatMap(({ name, message }) =>
    message === invalid ? [] : [`${name}: ${message}`],
  )
  const all = invalid === undefined ? told : [`spec: ${invalid}`, ...told]
  return all.map((text) => `  ${screen.paint('red', '!')} ${clean(text)}`)
}

const hints = (agents: readonly AgentView[]): string[] =>
  agents
    .flatMap(({ name, model }) =>
      model?.hint === undefined ? [] : [`${clean(name)} has no model key. ${clean(model.hint)}`],
    )
    .slice(0, 1)

/** One agent with everything that is known of it. */
export function agentLines(agent: AgentView, screen: Screen): string[] {
  const model = agent.model && `${agent.model.name}${agent.model.hint === undefined ? '' : ` (${agent.model.hint})`}`
  const facts: [string, string | undefined][] = [
    ['owner', agent.owner],
    ['uid', agent.uid],
    ['heartbeat', heartbeatText(agent)],
    ['machine', [agent.machineType, agent.machineId].filter((part) => part !== undefined).join(' · ')],
    ['gateway', agent.gatewayUrl],
    ['cost', agent.cost && costText(agent.cost)],
    ['model', model],
    ['purge at', agent.purgeAt],
    ['spec', agent.invalid],
  ]
  const known = facts.flatMap(([name, value]) => (value ? [`  ${name.padEnd(9)} ${clean(value)}`] : []))
  const steps = agent.steps.map((step) => stepLine(step, screen))
  return [
    `${screen.paint('bold', clean(`${agent.plane}/${agent.name}`))}  ${phaseText(agent.phase, screen)}`,
    ...known,
    'steps',
    ...steps,
    ...(agent.resources.length === 0 ? [] : ['resources', ...agent.resources.map(resourceLine)]),
    ...(agent.conditions.length === 0 ? [] : ['conditions', ...agent.conditions.map(conditionLine)]),
  ]
}

const resourceLine = ({ kind, name, id, zone }: ResourceView): string =>
  `  ${kind.padEnd(12)} ${[name, id, zone].flatMap((part) => (part === undefined ? [] : [clean(part)])).join(' · ')}`

const conditionLine = ({ name, status, reason, message = '' }: AgentView['conditions'][number]): string =>
  `  ${clean(name)}: ${status} ${clean(reason)}${message === '' ? '' : `, ${clean(message)}`}`

const phaseText = (phase: Phase, screen: Screen): string => screen.paint(TONES[phase], phase)

const heartbeatText = ({ heartbeat }: AgentView): string =>
  heartbeat === undefined ? '-' : `${formatDuration(heartbeat.ageMs)} ago`
