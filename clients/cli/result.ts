import { cleanJson } from './clean.ts'
import type { Screen } from './terminal.ts'

/** The version of everything `--json` prints; it changes when a field changes its meaning or goes. */
const VERSION = 1

/** What a verb found or did: JSON for scripts, or lines for people. */
export function printResult(out: Pick<Screen, 'lines'>, json: boolean, data: object, lines: readonly string[]): void {
  out.lines(json ? [cleanJson({ version: VERSION, ...data }, 2)] : lines)
}

/** One result of many, on a line of its own. */
export const printJsonLine = (out: Screen, data: object): void => out.line(cleanJson({ version: VERSION, ...data }))
