import type { KnownBlock, PlanBlock, TaskCardBlock } from '@slack/types'
import type { AgentStatus, StepStatus } from '../documents/status.ts'
import type { Phase } from '../documents/status.ts'
import { GONE, resultOf } from '../lifecycle/awaited.ts'
import { agentGraph } from '../lifecycle/graph.ts'
import type { SlackMessage, Watch } from '../ports/slack.ts'
import { context, plainRich } from './blocks.ts'
import { LIMITS, clipped } from './limits.ts'
import { typed } from './typed.ts'

/** What of an agent's status is shown as it comes or goes. */
export type Progress = Pick<AgentStatus, 'name' | 'target' | 'phase' | 'steps'>

type Observed = Pick<AgentStatus, 'observedGeneration'>

type TaskState = TaskCardBlock['status']

const WORDS: Readonly<Record<TaskState, string>> = {
  pending: 'waits',
  in_progress: 'under way',
  complete: 'done',
  error: 'failed',
}

const TITLES = {
  identity: 'An account of its own',
  disk: 'A disk for what it remembers',
  secrets: 'Its secrets',
  egress: 'What it may reach',
  machine: 'Its machine',
  access: 'Its owner’s access',
  channels: 'Its channels',
  runtime: 'OpenClaw answers',
} as const

/** How an agent comes or goes: one block with a card for each step, and the same as text. `home` is the reader's plane. */
export function progressMessage(plane: string, progress: Progress, home?: string): SlackMessage {
  const { name, phase, target } = progress
  const cards = stepsOf(target).map((step) => cardOf(step, progress))
  const title = `${plane}/${name} is ${phase}`
  const block: PlanBlock = { type: 'plan', title: clipped(title, LIMITS.headerText), tasks: cards }
  const done = cards.filter(({ status }) => status === 'complete').length
  const lines = cards.map(({ title, status }) => `${title}: ${WORDS[status]}`)
  const small =
    phase === 'Failed' ? `Try again: \`${typed('retry', { plane, name, home })}\`` : `${done} of ${cards.length} done`
  const blocks: KnownBlock[] = [block, context(small)]
  return {
    text: clipped([`${title}, ${done} of ${cards.length} steps done.`, ...lines].join('\n'), LIMITS.messageText),
    blocks,
  }
}

type StepName = keyof typeof TITLES

/** In the order in which they are done. */
function stepsOf(target: Progress['target']): readonly StepName[] {
  const names = agentGraph.map(({ name }) => name) as readonly StepName[]
  return target === 'absent' ? names.toReversed() : names
}

function cardOf(name: StepName, { steps, target }: Progress): TaskCardBlock {
  const step = steps[name]
  const status = stateOf(step, target)
  const why = status === 'complete' || status === 'pending' ? undefined : (step?.message ?? step?.reason)
  const card = { type: 'task_card', task_id: name, title: TITLES[name], status } as const
  return why === undefined ? card : { ...card, details: plainRich(clipped(why, LIMITS.taskDetails)) }
}

const OVER: Readonly<Record<Progress['target'], readonly StepStatus['state'][]>> = {
  present: ['ready'],
  parked: ['ready', 'held', 'gone'],
  absent: ['held', 'gone'],
}

function stateOf(step: StepStatus | undefined, target: Progress['target']): TaskState {
  if (step === undefined || step.state === 'idle') return 'pending'
  if (step.state === 'failed') return 'error'
  if (OVER[target].includes(step.state)) return 'complete'
  // Ready, and to be taken away.
  return target === 'absent' && step.state === 'ready' ? 'pending' : 'in_progress'
}

const ENDS: Readonly<Record<Watch['awaits'], readonly Phase[]>> = {
  present: ['Ready', 'Stopped', ...GONE],
  absent: GONE,
  calm: ['Ready', 'Stopped', 'Removing', ...GONE],
}

/** Whether a phase is one that ends it, once what was asked has been taken up. */
export const isEnd = (awaits: Watch['awaits'], phase: Phase): boolean => ENDS[awaits].includes(phase)

/** The same of an agent that was just looked at, once all that is wanted of it has been acted upon. */
export const isThere = (
  awaits: Watch['awaits'],
  seen: { readonly phase: Phase; readonly isObserved: boolean },
): boolean => resultOf({ ends: ENDS[awaits], old: [] }, { ...seen, failures: [] }).is === 'reached'

/** Whether what somebody waits for has come. */
export const isOver = (watch: Watch, status: Progress & Observed): boolean => resultIn(watch, status).is === 'reached'

function resultIn(watch: Watch, status: Progress & Observed) {
  const failures = Object.entries(status.steps).filter(([, { state }]) => state === 'failed')
  return resultOf(
    { ends: ENDS[watch.awaits], old: watch.old },
    {
      phase: status.phase,
      isObserved: isObserved(watch, status),
      failures: failures.map(([name, { sinceMs }]) => ({ name, since: sinceMs })),
    },
  )
}

/** Only what is to be is so by its spec. Generations are times. */
const isObserved = ({ awaits, generation = '0' }: Watch, { observedGeneration = '0' }: Observed): boolean =>
  awaits !== 'present' || BigInt(observedGeneration) >= BigInt(generation)

/** What somebody is told by a message of its own, since edits of an old one notify nobody; undefined while it goes on. */
export function newsOf(watch: Watch, status: Progress & Observed, home?: string): SlackMessage | undefined {
  const { plane, person } = watch
  const { name, phase } = status
  const agent = { plane, name, home }
  const what = `<@${person.user}> ${plane}/${name}`
  const { is } = resultIn(watch, status)
  if (is === 'pending') return undefined
  if (is === 'failed') return { text: `${what} failed. Try again: ${typed('retry', agent)}` }
  return { text: phase === 'Ready' ? `${what} is Ready: ${typed('open', agent)}` : `${what} is ${phase}.` }
}
