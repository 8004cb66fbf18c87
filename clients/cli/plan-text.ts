import type { PlanView } from '../../shared/api/views.ts'
import { clean } from './clean.ts'

const DOES = { apply: 'run', hold: 'keep what it has', remove: 'take away' } as const

/** What a change would come to: each field before and after, and the steps in their order. */
export function planLines({ before, after, steps }: PlanView): string[] {
  const fields = Object.keys(after).map((name) => `  ${name}: ${shown(before[name])} → ${shown(after[name])}`)
  if (fields.length === 0) return ['Nothing would be changed: it is up to date.']
  const order = steps.map(({ name, does }) => `  ${DOES[does]} ${clean(name)}`)
  return ['Nothing was changed. This would be:', ...fields, ...(order.length === 0 ? [] : ['steps', ...order])]
}

const shown = (value: unknown): string => (value === undefined || value === null ? '-' : clean(JSON.stringify(value)))
