import type { PlanView } from '../../shared/api/views.ts'
import { clean } from './clean.ts'

const DOES = { apply: 'run', hold: 'keep what it has', remove: 'take away' } as const

/** What each step is about. One that this release does not know is shown by its name alone. */
const ABOUT: Readonly<Record<string, string>> = {
  identity: 'an account of its own',
  disk: 'the disk that keeps its data',
  secrets: 'a place for each of its secrets, which only it may read',
  egress: 'what it may reach',
  machine: 'the machine that OpenClaw runs on',
  access: 'the way in, for its owner alone',
  channels: 'what its channels still need',
  runtime: 'OpenClaw, until it answers',
  services: 'the APIs that agents need',
  grants: 'what the functions may do',
  network: 'the network of its agents, with the way out',
}

/** What a change would come to: each field before and after, and the steps in their order. */
export function planLines({ before, after, steps }: PlanView): string[] {
  const fields = Object.keys(after).map((name) => `  ${name}: ${shown(before[name])} → ${shown(after[name])}`)
  if (fields.length === 0) return ['Nothing would be changed: it is up to date.']
  return ['Nothing was changed. This would be:', ...fields, ...stepLines(steps)]
}

/** The steps of a plan in their order, each with what it is about. */
export function stepLines(steps: PlanView['steps']): string[] {
  const order = steps.map(({ name, does }) => ({ text: `  ${DOES[does]} ${clean(name)}`, about: ABOUT[name] ?? '' }))
  const width = Math.max(0, ...order.map(({ text }) => text.length))
  return steps.length === 0 ? [] : ['steps', ...order.map(({ text, about }) => line(text, about, width))]
}

const line = (text: string, about: string, width: number): string => `${text.padEnd(width)}  ${about}`.trimEnd()

const shown = (value: unknown): string => (value === undefined || value === null ? '-' : clean(JSON.stringify(value)))
