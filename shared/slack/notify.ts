import type { AgentStatus } from '../documents/status.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Errand, SlackApi, Watch, WatchKey } from '../ports/slack.ts'
import { standingOf } from './identify.ts'
import type { NotifyPorts } from './ports.ts'
import { isEnd, isOver, newsOf, progressMessage } from './progress.ts'
import { removalDialog } from './removal.ts'
import { isInTrouble, noteTrouble, tellTrouble } from './trouble.ts'

/** Slack allows about one edit a second in a channel. https://docs.slack.dev/apis/web-api/rate-limits */
const EDIT_EVERY_MS = 2000

/** Who says it sends has this long, in milliseconds; longer than a call may take. */
const SENDING_MS = 15_000

const MAX_LOOKS = 12

/** Shows an agent's status to everybody who watches it, each by messages of their own; of trouble, others are told too. */
export async function notify(plane: string, uid: string, ports: NotifyPorts): Promise<void> {
  const kept = await ports.records.listWatches(plane, uid, ports.clock.nowMs())
  const watches = kept.map(({ watch }) => watch)
  const notes = await noteTrouble(plane, uid, watches, ports)
  const shown = await Promise.allSettled([...watches, ...notes].map((watch) => keepPosted(watch, ports)))
  // Only when all are through: nothing may be done after the answer.
  for (const result of shown) if (result.status === 'rejected') throw result.reason
}

/**
 * Shows it to one of them: one message, edited. Many events come at once; whichever writes down first what it is about to
 * show shows it, and the others see that there is nothing left to show.
 */
async function keepPosted(key: WatchKey, ports: NotifyPorts): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const waitMs = await look(key, ports)
    if (waitMs === undefined) return
    await ports.sleep(waitMs)
  }
  throw new ProviderError('Conflict', `the message on agent ${key.uid} is being written by others all the time`)
}

/** How long to wait before looking again, in milliseconds; undefined when nothing is left to show. */
async function look(key: WatchKey, ports: NotifyPorts): Promise<number | undefined> {
  const found = await ports.records.findWatch(key)
  if (found === undefined) return undefined
  const { plane, uid } = key
  const { watch, version } = found
  const status = (await ports.statuses.getAgentStatus({ plane, uid }))?.status
  const hash = status && hashOf(watch, status, ports)
  if (status === undefined || hash === undefined || watch.shown === hash) return undefined
  const nowMs = ports.clock.nowMs()
  const { sending } = watch
  // Whoever sends may die of it: this one looks until it is shown.
  if (sending !== undefined && sending.untilMs > nowMs) return EDIT_EVERY_MS
  const pauseMs = watch.shownAtMs + EDIT_EVERY_MS - nowMs
  if (pauseMs > 0) return pauseMs
  const claimed: Watch = { ...watch, sending: { hash, untilMs: nowMs + SENDING_MS } }
  if (!(await ports.records.updateWatch(claimed, version))) return 0
  await show(claimed, hash, status, ports)
  return undefined
}

/** What there is to show, as a hash; undefined when it is nothing. */
function hashOf({ awaits, plane }: Watch, status: AgentStatus, { hash }: NotifyPorts): string | undefined {
  if (awaits === 'calm') return isInTrouble(status) || isEnd(awaits, status.phase) ? status.phase : undefined
  if (awaits === 'absent' && status.target !== 'absent') return undefined
  return hash(progressMessage(plane, status).text + JSON.stringify(status.steps))
}

async function show(claimed: Watch, hash: string, status: AgentStatus, ports: NotifyPorts): Promise<void> {
  const sent = await send(claimed, status, ports)
  const found = await ports.records.findWatch(claimed)
  // Somebody asked for the agent to be watched anew: that has a message of its own.
  if (found?.watch.sending?.hash !== hash) return
  if (isOver(claimed, status)) return ports.records.removeWatch(claimed, found.version)
  await ports.records.updateWatch({ ...sent, shown: hash, shownAtMs: ports.clock.nowMs() }, found.version)
}

/** Shows it, and tells what is news. Whoever fails at it lets others try at once. */
async function send(claimed: Watch, status: AgentStatus, ports: NotifyPorts): Promise<Watch> {
  const { plane, person } = claimed
  const home = ports.teams.get(person.team)
  const { sending: _, ...free } = claimed
  try {
    const slack = await ports.slack()
    if (claimed.awaits === 'calm') {
      if (isInTrouble(status)) await tellTrouble(claimed, status, slack, home)
      return free
    }
    const position = await place(claimed, progressMessage(plane, status, home), slack)
    const news = claimed.told === status.phase ? undefined : newsOf(claimed, status, home)
    if (news !== undefined) await slack.post(position.channel, news)
    return { ...free, message: position, ...(news !== undefined && { told: status.phase }) }
  } catch (error) {
    const found = await ports.records.findWatch(claimed)
    if (found?.watch.sending?.hash === claimed.sending?.hash)
      await ports.records.updateWatch(free, found?.version ?? '')
    throw error
  }
}

/** Where the one message is. One that was deleted is written anew: what comes later is still to be told. */
async function place(
  { message: position, person }: Watch,
  message: ReturnType<typeof progressMessage>,
  slack: SlackApi,
): Promise<NonNullable<Watch['message']>> {
  if (position === undefined) return slack.post(person.user, message)
  try {
    await slack.update(position, message)
    return position
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === 'NotFound')) throw error
    return slack.post(person.user, message)
  }
}

/** Does what only the holder of the bot's token can. */
export async function runErrand(errand: Errand, ports: NotifyPorts): Promise<void> {
  const slack = await ports.slack()
  if (errand.do === 'check') {
    const { person } = errand
    const user = await slack.findUser(person.user)
    return ports.records.putStanding(person, standingOf(user, person), ports.clock.nowMs())
  }
  const offer = await ports.records.findOffer(errand.offer, ports.clock.nowMs())
  if (offer?.for !== 'removal') throw new ProviderError('NotFound', 'the offer of this dialog is over')
  await slack.openView(errand.triggerId, removalDialog(offer, errand.offer))
}
