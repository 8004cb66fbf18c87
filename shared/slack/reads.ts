import { ownAgents, roleIn } from '../commands/standing.ts'
import { agentReply, costReply, fleetReply } from './agent-blocks.ts'
import { escaped, preformatted, section } from './blocks.ts'
import { LIMITS } from './limits.ts'
import { said, shown } from './reply.ts'
import type { Reply } from './reply.ts'
import { run, whichAgent } from './run.ts'
import type { Session } from './run.ts'

type Named = { readonly name?: string | undefined }

/** All agents of the plane for those who may see it, else the person's own. */
export async function status({ name }: Named, session: Session): Promise<Reply> {
  if (name !== undefined) return show({ name }, session)
  const { plane, agents } = await fleet(session)
  const home = session.ports.settings.teams.get(session.person.team)
  return fleetReply(plane === undefined ? `Your agents in ${session.plane}` : session.plane, agents, plane, home)
}

export async function show({ name }: Named, session: Session): Promise<Reply> {
  const { agent } = await run('getAgent', { plane: session.plane, name: await whichAgent(session, name) }, session)
  return agentReply(agent)
}

export async function cost({ name }: Named, session: Session): Promise<Reply> {
  if (name === undefined) return costReply((await fleet(session)).agents)
  return costReply([(await run('getAgent', { plane: session.plane, name }, session)).agent])
}

/** The plane is left out for those who have no role in it. */
async function fleet(session: Session) {
  const [{ plane, agents }, role] = await Promise.all([
    run('getPlane', { plane: session.plane, brief: true }, session),
    roleIn(session.context, session.plane),
  ])
  return { agents, plane: role === 'none' ? undefined : plane }
}

/** The last lines, oldest first, as many as fit into one block. */
export async function logs({ name, lines }: Named & { readonly lines: number }, session: Session): Promise<Reply> {
  const agent = await whichAgent(session, name)
  const read = await run('readLogs', { plane: session.plane, name: agent, limit: lines, newest: true }, session)
  const text = tail(read.lines.map(({ at, severity, text }) => `${at.slice(11, 19)} ${severity} ${text}`))
  if (text === '') return said(`Nothing was logged by *${escaped(agent)}* in the last hour.`)
  const more = `More, and as it comes: \`planes logs --plane ${session.plane} --name ${agent} --follow\``
  return shown(`${agent}:\n${text}`, [
    section(`*${escaped(agent)}*, the last hour:`),
    preformatted(text),
    section(more),
  ])
}

function tail(lines: readonly string[]): string {
  const text = lines.join('\n')
  if (text.length <= LIMITS.preformatted) return text
  return `…${text.slice(text.length - LIMITS.preformatted + 1)}`
}

/** The owner's way to the Control UI. What signs in stays out of Slack. */
export async function open({ name }: Named, session: Session): Promise<Reply> {
  const { plane } = session
  const agent = await whichAgent(session, name)
  const { url, commands = [] } = await run('openAgent', { plane, name: agent }, session)
  const { origin, pathname } = new URL(url)
  const way = commands.length > 0 ? '' : ` It is at ${origin}${pathname}`
  return said(
    `Open *${escaped(agent)}* with \`planes open --plane ${plane} --name ${agent}\` on your computer.${way}`,
    'What signs you in is never sent through Slack.',
  )
}

export async function whoami(_: object, session: Session): Promise<Reply> {
  const { caller, plane, context } = session
  const [role, owned] = await Promise.all([roleIn(context, plane), ownAgents(context, plane)])
  const own = owned.map(({ ref }) => ref.name)
  const what = role === 'none' ? '' : `, ${role === 'admin' ? 'an admin' : 'a viewer'} of *${plane}*`
  const agents = own.length === 0 ? 'You have no agent of your own.' : `Your agents: ${own.join(', ')}.`
  return said(`You are *${escaped(caller.actor)}*${what}. ${agents}`)
}
