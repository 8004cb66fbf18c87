import { styleText } from 'node:util'
import { z } from 'zod'
import { clean } from '../../clients/cli/clean.ts'

const Entry = z.object({
  severity: z.literal('ERROR'),
  message: z.string(),
  step: z.string().optional(),
  reason: z.string().optional(),
  error: z.object({ message: z.string() }).optional(),
})

/** Shows the errors among structured log lines to whoever runs the plane. The same one in a row is shown once. */
export function shownErrors(say: (line: string) => void): (line: string) => void {
  let last = ''
  return (line) => {
    if (!line.includes('"ERROR"')) return
    const entry = Entry.safeParse(JSON.parse(line))
    if (!entry.success) return
    const { message, step, reason, error } = entry.data
    const text = [message, step, reason, error?.message].filter((part) => part !== undefined).join(' · ')
    if (text !== last) say(styleText('red', `✗ ${clean(text)}`))
    last = text
  }
}
