import type { LogLineView } from '../api/views.ts'
import type { LogLine } from '../ports/logs.ts'
import { agentCommand } from './command.ts'
import { getPlace, refuseUnlessOpen } from './find-agent.ts'

/** Where reading goes on: after the first `taken` lines of the millisecond `atMs`, since several lines may share it. */
type Cursor = { readonly atMs: number; readonly taken: number }

/** What an agent's machine logged, a page at a time. The cursor of an answer begins the next. */
export const readLogs = agentCommand<'readLogs'>(['admin', 'owner'], async (input, { ports, agent }) => {
  refuseUnlessOpen('logs', 'read', agent)
  const from =
    input.cursor === undefined ? { atMs: ports.clock.nowMs() - input.sinceMs, taken: 0 } : parse(input.cursor)
  const place = getPlace(agent)
  const newest = input.newest && input.cursor === undefined
  const read = await ports.logs.read(place, { sinceMs: from.atMs - 1, limit: input.limit + from.taken, newest })
  const lines = skip(read, from)
  return { lines: lines.map(view), cursor: format(after(read, from)) }
})

const view = ({ atMs, severity, text }: LogLine): LogLineView => ({ at: new Date(atMs).toISOString(), severity, text })

function parse(cursor: string): Cursor {
  const [atMs = 0, taken = 0] = cursor.split('.').map(Number)
  return { atMs, taken }
}

const format = ({ atMs, taken }: Cursor): string => `${Math.max(0, atMs)}.${taken}`

const skip = (read: readonly LogLine[], { atMs, taken }: Cursor): readonly LogLine[] =>
  read.filter((line, index) => line.atMs > atMs || index >= taken)

function after(read: readonly LogLine[], from: Cursor): Cursor {
  const last = read.at(-1)
  if (last === undefined) return from
  return { atMs: last.atMs, taken: read.filter(({ atMs }) => atMs === last.atMs).length }
}
