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

/** One step as a line: mark, name, state, how long, and why it is not done. */
export function stepLine(step: StepView, durationMs: number | undefined, screen: Screen): string {
  const { mark, tone } = LOOKS[step.state]
  const time = durationMs === undefined ? '' : formatDuration(durationMs)
  const why = step.state === 'ready' ? [] : [step.reason, step.message]
  const text = `${clean(step.name).padEnd(9)} ${step.state.padEnd(8)} ${time.padStart(10)}`
  const reason = clean(why.filter(Boolean).join(': '))
  return `  ${screen.paint(tone, mark)} ${text}  ${screen.paint('gray', reason)}`.trimEnd()
}
