import type { StepView } from '../../shared/api/views.ts'
import { clean } from './clean.ts'
import { formatDuration } from './duration.ts'
import type { Screen, Tone } from './terminal.ts'

const LOOKS: Readonly<Record<StepView['state'], { readonly mark: string; readonly tone: Tone }>> = {
  idle: { mark: '·', tone: 'gray' },
  doing: { mark: '…', tone: 'yellow' },
  waiting: { mark: '…', tone: 'yellow' },
  ready: { mark: '✓', tone: 'green' },
  failed: { mark: '✗', tone: 'red' },
  held: { mark: '-', tone: 'gray' },
  gone: { mark: '✓', tone: 'green' },
}

const OVER: ReadonlySet<StepView['state']> = new Set(['ready', 'held', 'gone'])

/** Whether there is nothing left for a step to do. */
export const isOver = ({ state }: StepView): boolean => OVER.has(state)

/** One step as a line: mark, name, state, how long, and why it is not done. */
export function stepLine(step: StepView, screen: Screen): string {
  const { mark, tone } = LOOKS[step.state]
  const time = step.durationMs === undefined ? '' : formatDuration(step.durationMs)
  const why = step.state === 'ready' ? [] : [step.reason, step.message]
  const text = `${clean(step.name).padEnd(9)} ${step.state.padEnd(8)} ${time.padStart(10)}`
  const reason = clean(why.filter(Boolean).join(': '))
  return `  ${screen.paint(tone, mark)} ${text}  ${screen.paint('gray', reason)}`.trimEnd()
}
