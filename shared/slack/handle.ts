import { rateLimit } from '../commands/rate-limit.ts'
import { logAbout } from '../commands/request-log.ts'
import type { Caller } from '../ports/people.ts'
import { readAsked } from './asked.ts'
import type { Asked } from './asked.ts'
import { answerCommand } from './command.ts'
import type { Asking } from './command.ts'
import { fenced, fencedNotifier, fencedRecords } from './fence.ts'
import { identify } from './identify.ts'
import type { SlackPorts } from './ports.ts'
import { REMOVE_ACTION, REMOVE_VIEW, ended, openDialog, submitDialog } from './removal.ts'
import type { DialogAnswer } from './removal.ts'
import { SLOW, broken, explained, said } from './reply.ts'
import type { Reply } from './reply.ts'
import type { Session } from './run.ts'
import { onlyReads } from './verbs.ts'

/** A request whose signature was right. */
export type Verified = {
  readonly body: unknown
  /** How often Slack has sent it before; absent the first time. */
  readonly retryNum?: number | undefined
}

/** What goes back to Slack in the response: nothing, a message or what a dialog is to do. */
export type Ack = '' | DialogAnswer | ({ readonly response_type: 'ephemeral' } & Pick<Reply, 'text' | 'blocks'>)

/** A request that was answered before, and that Slack did not say it would send again. */
export class Replayed extends Error {
  override readonly name = 'Replayed'
}

/** Slack waits 3 s. https://docs.slack.dev/interactivity/implementing-slash-commands#responding_response */
const ANSWER_WITHIN_MS = 2200
const WRITE_WITHIN_MS = 2000

const NOT_HERE = said(
  ':no_entry: This workspace is not set up for agents.',
  'An admin of the plane adds it to the workspaces that may ask.',
)
const AGAIN = said('This is being done already.', 'See how it goes: `/planes status`')

/**
 * Answers verified requests of Slack, each once and in time. What only reads is read anew when Slack asks once more.
 * @throws Replayed
 */
export function slackHandler(given: SlackPorts): (request: Verified) => Promise<Ack> {
  const limit = rateLimit()
  const { clock } = given.commands
  return async ({ body, retryNum }) => {
    const requestId = given.commands.ids.next()
    const log = logAbout({ requestId }, given.commands.log)
    const ports = { ...given, commands: { ...given.commands, log } }
    const asked = readAsked(body)
    if (asked === undefined) return refuse(ports, 'unreadable')
    const { teams, app } = ports.settings
    const plane = teams.get(asked.person.team)
    if (app !== undefined && asked.app !== app) return refuse(ports, 'app')
    if (plane === undefined) return delivered(asked, NOT_HERE, refuse(ports, 'team'))
    const slow = ports.after(ANSWER_WITHIN_MS).then(() => undefined)
    const untilMs = clock.nowMs() + WRITE_WITHIN_MS
    const work = answered({ requestId, asked, plane, retryNum, untilMs, limit }, ports)
    const answer = await Promise.race([work, slow])
    if (answer !== undefined) return answer
    log.warn('slack.slow', { count: 1 })
    work.catch((error: unknown) => log.error('slack.failed', { error }))
    return delivered(asked, SLOW, await late(asked, ports))
  }
}

type Work = {
  /** In every line that is logged of it, and in its entry of the audit trail. */
  readonly requestId: string
  readonly asked: Asked
  readonly plane: string
  readonly retryNum: number | undefined
  readonly untilMs: number
  readonly limit: (caller: string, nowMs: number) => void
}

function refuse({ commands: { log } }: SlackPorts, reason: string): '' {
  log.warn('slack.refused', { reason, count: 1 })
  return ''
}

/** A click is answered at an address of its own. */
async function late(asked: Asked, ports: SlackPorts): Promise<''> {
  await respond(asked, SLOW, ports)
  return ''
}

async function answered(work: Work, ports: SlackPorts): Promise<Ack> {
  const { asked, retryNum } = work
  const { records, commands } = ports
  const id = ports.hash(`${asked.person.team} ${asked.triggerId}`)
  const [claim, known] = await Promise.all([
    records.claim(id, commands.clock.nowMs()),
    records.findPerson(asked.person),
  ])
  const isRepeat = claim.is === 'repeat'
  if (isRepeat && retryNum === undefined) throw new Replayed('this request was answered before')
  const identified = () => identify({ person: asked.person, known, plane: work.plane, isRepeat }, ports)
  const answer = () => acknowledged(work, identified, id, ports)
  // What only reads is read anew when it is sent again: its answer need not be kept.
  if (asked.is === 'command' && onlyReads(asked.intent.verb)) return (await answer()).ack
  if (isRepeat) return claim.answer === undefined ? delivered(asked, AGAIN) : (JSON.parse(claim.answer) as Ack)
  const { ack, isSecret } = await answer()
  if (!isSecret) await records.keepAnswer(id, JSON.stringify(ack))
  return ack
}

type Answer = { readonly ack: Ack; readonly isSecret: boolean }

/** What the answer is, and whether it holds a code, so that nobody is to see it twice. */
async function acknowledged(
  work: Work,
  identified: Asking['identified'],
  id: string,
  ports: SlackPorts,
): Promise<Answer> {
  const { asked } = work
  try {
    if (asked.is === 'command') {
      const sessionOf = (caller: Caller) => sessionFor(work, caller, id, ports)
      const reply = await answerCommand(asked.intent, { identified, sessionOf })
      return { ack: delivered(asked, reply), isSecret: reply.isSecret === true }
    }
    const who = await identified()
    if ('reply' in who) return { ack: await told(asked, who.reply, ports), isSecret: who.reply.isSecret === true }
    return { ack: await interaction(asked, sessionFor(work, who.caller, id, ports)), isSecret: false }
  } catch (error) {
    return { ack: await told(asked, failure(error, work, ports), ports), isSecret: false }
  }
}

/** The request's id is its key: what Slack sends again is done once. */
function sessionFor(work: Work, caller: Caller, id: string, ports: SlackPorts): Session {
  const { asked, plane, untilMs, limit, requestId } = work
  limit(caller.actor, ports.commands.clock.nowMs())
  const commands = fenced(ports.commands, untilMs)
  const key = `slack-${id.slice(0, 40)}`
  const context = { caller, surface: 'slack', ports: commands, requestId, key } as const
  const notifier = fencedNotifier(ports.notifier, commands.clock, untilMs)
  const records = fencedRecords(ports.records, commands.clock, untilMs)
  return { person: asked.person, caller, plane, context, ports: { ...ports, commands, notifier, records } }
}

function failure(error: unknown, { requestId }: Work, { commands: { log } }: SlackPorts): Reply {
  const reply = explained(error)
  if (reply === undefined) log.error('slack.failed', { error })
  return reply ?? broken(requestId)
}

async function interaction(asked: Exclude<Asked, { is: 'command' }>, session: Session): Promise<Ack> {
  if (asked.is === 'submission') return asked.view === REMOVE_VIEW ? submitDialog(asked, session) : ''
  const reply = asked.action === REMOVE_ACTION ? await openDialog(asked, session) : undefined
  return reply === undefined ? '' : told(asked, reply, session.ports)
}

/** Shows a reply where the person looks. */
async function told(asked: Asked, reply: Reply, ports: SlackPorts): Promise<Ack> {
  await respond(asked, reply, ports)
  return delivered(asked, reply)
}

async function respond(asked: Asked, reply: Reply, { responder, commands: { log } }: SlackPorts): Promise<void> {
  if (asked.is !== 'click' || asked.responseUrl === undefined) return
  await responder.respond(asked.responseUrl, reply).catch((error: unknown) => log.error('slack.unanswered', { error }))
}

function delivered(asked: Asked, { text, blocks }: Reply, otherwise: Ack = ''): Ack {
  if (asked.is === 'command') return { response_type: 'ephemeral', text, ...(blocks && { blocks }) }
  return asked.is === 'submission' ? ended(text) : otherwise
}
