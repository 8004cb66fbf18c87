import type { AgentView, PlaneView } from '../../shared/api/views.ts'
import { toldConditions } from './told-conditions.ts'

/** One thing that was looked at, and what to do about it. */
export type Finding = {
  readonly what: string
  readonly is: 'fine' | 'warning' | 'wrong'
  readonly text: string
  readonly fix?: string
}

type Fleet = { readonly plane: PlaneView; readonly agents: readonly AgentView[] }

/** What a plane stands on, and what it and its agents want of somebody. */
export function planeFindings({ plane, agents }: Fleet): readonly Finding[] {
  const what = `plane ${plane.name}`
  const troubles = [plane, ...agents].flatMap((subject) => troublesOf(subject, what))
  const standing: Finding = { what, is: 'fine', text: `${plane.phase}, agents: ${agents.length}` }
  return [...apis(plane, what), ...quotas(plane, what), ...(troubles.length > 0 ? troubles : [standing])]
}

/** What is off is told by the step that failed for it, with the command. */
function apis({ steps }: PlaneView, plane: string): readonly Finding[] {
  const services = steps.find(({ name }) => name === 'services')
  if (services === undefined || services.state === 'failed') return []
  const what = `${plane}, APIs`
  return services.state === 'ready'
    ? [{ what, is: 'fine', text: 'those that agents need are on' }]
    : [{ what, is: 'warning', text: 'have not been looked at yet', fix: 'Look again in a minute.' }]
}

/** That nothing more fits is told by the plane's condition, with what to ask for. */
function quotas({ steps, agentsThatFit }: PlaneView, plane: string): readonly Finding[] {
  if (steps.length === 0 || agentsThatFit === 0) return []
  const what = `${plane}, quotas`
  return agentsThatFit === undefined
    ? [{ what, is: 'warning', text: 'have not been measured yet', fix: 'Look again in a minute.' }]
    : [{ what, is: 'fine', text: `room for ${agentsThatFit} more agents` }]
}

function troublesOf(subject: PlaneView | AgentView, plane: string): readonly Finding[] {
  const what = 'plane' in subject ? `${plane}, agent ${subject.name}` : plane
  const failed = subject.steps
    .filter(({ state }) => state === 'failed')
    .map(({ name, reason = '', message = '' }): Finding => {
      const fix = `Put that right, then: planes retry ${optionsOf(subject)}`
      return { what, is: 'wrong', text: `step ${name} failed: ${reason} ${message}`.trimEnd(), fix }
    })
  const told = toldConditions(subject).map(({ name, message }): Finding => ({
    what,
    is: 'warning',
    text: `${name}: ${message}`,
    fix: nextFor(name, subject),
  }))
  return [...failed, ...told]
}

/** The options that name a plane or an agent on a command line. */
const optionsOf = (subject: PlaneView | AgentView): string =>
  'plane' in subject ? `--plane ${subject.plane} --name ${subject.name}` : `--plane ${subject.name}`

/** What to run about a condition. Its own message says what is to be put right. */
function nextFor(condition: string, subject: PlaneView | AgentView): string {
  const kind = 'plane' in subject ? 'agent' : 'plane'
  const options = optionsOf(subject)
  if (condition === 'SpecInvalid' || condition === 'SpecRejected') return `Mend it: planes update-${kind} ${options}`
  if (condition === 'ChannelsReady') return `Its owner does that in its Control UI: planes open ${options}`
  if (condition === 'Alive') return `See what it logged: planes logs ${options}`
  return kind === 'agent' ? `See all of it: planes show ${options}` : `See all of it: planes status ${options}`
}
