import type { Watch } from '../ports/slack.ts'
import { Refusal } from '../commands/refusal.ts'
import type { AgentView } from '../api/views.ts'
import { failureOf } from '../lifecycle/awaited.ts'
import { isThere } from './progress.ts'
import { escaped } from './blocks.ts'
import { currentOf } from './identify.ts'
import type { Intent } from './intent.ts'
import { phaseText } from './agent-blocks.ts'
import { said } from './reply.ts'
import type { Reply } from './reply.ts'
import { run, whichAgent } from './run.ts'
import type { Session } from './run.ts'

/** How long somebody is kept posted on an agent, in milliseconds. */
const WATCH_MS = 24 * 3_600_000

type Named = { readonly name?: string | undefined }

const CHANGES = {
  start: { route: 'startAgent', doing: 'is being started' },
  stop: { route: 'stopAgent', doing: 'is being stopped' },
  restart: { route: 'restartAgent', doing: 'is being restarted' },
  retry: { route: 'retryAgent', doing: 'does its failed steps once more' },
} as const

/** A verb that wants something else of an agent. */
export async function change(
  { verb, name }: Named & { readonly verb: keyof typeof CHANGES },
  session: Session,
): Promise<Reply> {
  const { route, doing } = CHANGES[verb]
  const wish = { plane: session.plane, name: await whichAgent(session, name) }
  const { agent, upToDate } = await run(route, wish, session)
  const now = await watch(agent, 'present', session)
  if (upToDate && now !== undefined) return nothingToDo(now)
  const what = upToDate ? `is wanted so already, and is ${phaseText(agent.phase)}` : doing
  return said(`*${escaped(agent.name)}* ${what}. ${progressIn(now)}`)
}

const nothingToDo = ({ name, phase }: AgentView): Reply =>
  said(`*${escaped(name)}* is as you want it already: ${phaseText(phase)}. There was nothing to do.`)

/** Gives the mentioned person an agent, named after them unless another name was given. */
export async function add(
  { user, name, machineType }: Extract<Intent, { verb: 'add' }>,
  session: Session,
): Promise<Reply> {
  const { plane, ports } = session
  const mentioned = { ...session.person, user }
  const linked = await ports.records.findPerson(mentioned)
  const known = linked?.email === undefined ? undefined : await currentOf(mentioned, linked, ports)
  if (known?.email === undefined || known.standing !== 'member') throw notLinked(user)
  const wish = { plane, name: name ?? nameAfter(known.email), owner: known.email, ...(machineType && { machineType }) }
  const { agent, upToDate } = await run('addAgent', wish, session)
  const now = await watch(agent, 'present', session)
  if (upToDate && now !== undefined) return nothingToDo(now)
  const what = upToDate ? 'was added already and is on its way' : `is being made for ${escaped(known.email)}`
  return said(`*${escaped(agent.name)}* ${what}. ${progressIn(now)}`)
}

const progressIn = (settled: AgentView | undefined): string =>
  settled === undefined ? 'I keep you posted in a direct message.' : `It is ${phaseText(settled.phase)}.`

const notLinked = (user: string): Refusal =>
  new Refusal(422, {
    code: 'NotLinked',
    message:
      'The person you mentioned has not linked their Slack account yet, so it is not known whose agent it would be.',
    field: `@${user}`,
    suggestion: 'Ask them to type: /planes link',
  })

/** A name made of an address: what stands before the @, as far as a name may have it. */
const nameAfter = (email: string): string =>
  email
    .slice(0, email.indexOf('@'))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '') || 'agent'

const failuresOf = (steps: AgentView['steps']): string[] =>
  steps
    .filter(({ state }) => state === 'failed')
    .map(({ name, since }) => failureOf({ name, since: since === undefined ? undefined : Date.parse(since) }))

/**
 * Has the person kept posted, from how the agent stood when they asked. The agent when it is so already, so that nothing more will be heard of it: it is looked
 * at after the wish to watch was written, so whatever is written of it later finds that wish.
 */
export async function watch(
  { plane, name, uid, steps }: AgentView,
  awaits: Watch['awaits'],
  session: Session,
): Promise<AgentView | undefined> {
  const { person, ports } = session
  const { records, commands } = ports
  const generation = (await commands.specs.getAgent(plane, name))?.generation
  const wish = { plane, uid, person, awaits, ...(generation !== undefined && { generation }), old: failuresOf(steps) }
  await records.putWatch({ ...wish, shownAtMs: 0 }, commands.clock.nowMs() + WATCH_MS)
  const { agent } = await run('getAgent', { plane, name, uid }, session)
  if (!isThere(awaits, { phase: agent.phase, isObserved: agent.observed !== false })) return undefined
  await records.removeWatch(wish)
  return agent
}
