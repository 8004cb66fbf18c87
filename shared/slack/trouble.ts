import type { AgentStatus, Phase } from '../documents/status.ts'
import { faultOf } from '../lifecycle/fault.ts'
import { ProviderError } from '../ports/errors.ts'
import type { SlackApi, SlackMessage, SlackPerson, Watch, WatchKey } from '../ports/slack.ts'
import { escaped } from './blocks.ts'
import { standingOf } from './identify.ts'
import { LIMITS, clipped } from './limits.ts'
import type { NotifyPorts } from './ports.ts'
import { typed } from './typed.ts'

/** Phases that people are told of without having asked. */
const TROUBLE: ReadonlySet<Phase> = new Set(['Degraded', 'Failed'])

/** How long it is remembered that somebody was told, in milliseconds: a month later they are told again. */
const REMEMBERED_MS = 30 * 24 * 3_600_000

/** Whether people are told that an agent is so. */
export const isInTrouble = ({ phase }: Pick<AgentStatus, 'phase'>): boolean => TROUBLE.has(phase)

/**
 * Notes who is to be told that an agent is in trouble: its owner, and when it failed the plane's admins, as far as they are
 * linked. Whoever asked for a change of it sees what comes of it: then nobody else is told.
 */
export async function noteTrouble(
  plane: string,
  uid: string,
  watches: readonly Watch[],
  ports: NotifyPorts,
): Promise<readonly WatchKey[]> {
  if (watches.some(({ awaits }) => awaits !== 'calm')) return []
  const { records, statuses, clock } = ports
  const status = (await statuses.getAgentStatus({ plane, uid }))?.status
  if (status === undefined || !isInTrouble(status)) return []
  const isNoted = ({ team, user }: SlackPerson) =>
    watches.some(({ person }) => person.team === team && person.user === user)
  const people = (await concerned(plane, status, ports)).filter((person) => !isNoted(person))
  const notes = people.map((person): Watch => ({ plane, uid, person, awaits: 'calm', old: [], shownAtMs: 0 }))
  const untilMs = clock.nowMs() + REMEMBERED_MS
  for (const note of notes) await records.createWatch(note, untilMs)
  return notes
}

async function concerned(
  plane: string,
  { owner, phase }: AgentStatus,
  { records, statuses, teams }: NotifyPorts,
): Promise<readonly SlackPerson[]> {
  const members = phase === 'Failed' ? await statuses.listMembers(plane) : []
  const admins = members.flatMap(({ email, role }) => (role === 'admin' ? [email] : []))
  const emails = new Set(owner === undefined ? admins : [owner, ...admins])
  const linked = await Promise.all([...emails].map((email) => records.listLinked(email)))
  return linked.flat().filter(({ team }) => teams.has(team))
}

/** Tells one of them, as long as Slack says that they are a member of the workspace. */
export async function tellTrouble(watch: Watch, status: AgentStatus, slack: SlackApi, home?: string): Promise<void> {
  const { person } = watch
  try {
    if (standingOf(await slack.findUser(person.user), person) !== 'member') return
    await slack.post(person.user, troubleMessage(watch, status, home))
  } catch (error) {
    // Somebody whom the bot cannot reach stays so.
    if (!(error instanceof ProviderError && error.kind === 'NotFound')) throw error
  }
}

function troubleMessage({ person, plane }: Watch, status: AgentStatus, home?: string): SlackMessage {
  const { name, phase } = status
  const reason = reasonOf(status)
  const why = reason === undefined ? '' : `: ${escaped(clipped(reason, LIMITS.taskDetails))}`
  return { text: `<@${person.user}> ${plane}/${name} is ${phase}${why}\nSee: ${typed('show', { plane, name, home })}` }
}

function reasonOf(status: AgentStatus): string | undefined {
  const states = Object.values(status.steps)
  const step = states.find(({ state }) => state === 'failed') ?? states.find(({ reason }) => reason === 'Drifted')
  const cause = step ?? faultOf(status.conditions)
  return cause?.message ?? cause?.reason
}
