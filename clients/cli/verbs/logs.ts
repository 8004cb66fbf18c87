import type { LogLineView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { formatDuration } from '../duration.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printJsonLine } from '../result.ts'
import { outlast } from '../retry.ts'
import type { Runtime } from '../runtime.ts'
import type { Screen } from '../terminal.ts'

const PAGE = 500
const PAUSE_MS = 1000
// A project may ask Cloud Logging 60 times a minute, for all who follow: https://cloud.google.com/logging/quotas
const LONGEST_PAUSE_MS = 10_000
type Start = { readonly sinceMs: number } | { readonly cursor: string }

const TONES = { info: 'gray', warning: 'yellow', error: 'red' } as const

/** `planes logs`: what there is, and with `--follow` what comes. */
export async function logs(options: OptionsOf<'logs'>, runtime: Runtime): Promise<ExitCode> {
  const { api, terminal, signal, sleep } = runtime
  const { plane, name, follow, json } = options
  const page = (start: Start) => api.readLogs({ plane, name, limit: PAGE, ...start })
  let start: Start = { sinceMs: options.sinceMs }
  // What has begun to be followed goes on over an outage.
  const read = () => ('cursor' in start && follow ? outlast(() => page(start), runtime) : page(start))
  let printed = 0
  let pauseMs = PAUSE_MS
  while (!signal.aborted) {
    const { lines, cursor } = await read()
    for (const line of lines) print(line, json, terminal.out)
    printed += lines.length
    start = { cursor }
    if (lines.length === PAGE) continue
    if (!follow) break
    pauseMs = lines.length > 0 ? PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    await sleep(pauseMs)
  }
  if (printed === 0 && !follow) {
    terminal.err.line(
      `Nothing was logged in the last ${formatDuration(options.sinceMs)}; --since 1d looks further back.`,
    )
  }
  return EXIT.ok
}

function print(line: LogLineView, json: boolean, out: Screen): void {
  if (json) printJsonLine(out, line)
  else out.line(`${out.paint('gray', line.at)} ${out.paint(TONES[line.severity], line.severity)} ${clean(line.text)}`)
}
