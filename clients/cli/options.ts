import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { parseDuration } from './duration.ts'
import type { Common, Waiting } from './invocation.ts'
import { hint } from './usage.ts'

export type Raw = Readonly<Record<string, unknown>>

/** A verb, with what every one takes. The example is shown to whoever forgot or mistyped something. */
export const verb = (program: Command, name: string, description: string, example: string): Command =>
  hint(program.command(name), example)
    .description(description)
    .option('--context <name>', 'which installation, of: planes context list')
    .option('--state <folder>', 'state folder of the local plane (also AP_STATE_DIR)')
    .option('--json', 'print JSON')
    .option('--debug', 'show where an error comes from')

export const onePlane = (command: Command): Command => command.requiredOption('--plane <plane>', 'the plane')

export const oneAgent = (command: Command): Command => onePlane(command).requiredOption('--name <agent>', 'the agent')

/** For verbs that leave an entry in the audit trail. */
export const repeatable = (command: Command): Command =>
  command.option(
    '--idempotency-key <key>',
    'asks for this once, however often it is sent with this key; else a new one',
  )

/** For verbs that change something. */
export const changing = (command: Command): Command =>
  repeatable(command).option('--dry-run', 'change nothing: show what would be, and which steps would run')

/** For verbs that take something away for good. */
export const destructive = (command: Command): Command =>
  changing(command).option('--yes', 'do not ask; required where nobody can be asked')

/** For verbs after which something goes on. */
export const waiting = (command: Command, timeout = '10m'): Command =>
  command
    .option('--wait', 'wait until it is done, showing every step')
    .option('--no-wait', 'return as soon as it is asked for (the default)')
    .addOption(duration('--timeout <duration>', 'how long to wait', timeout))

export const duration = (flags: string, description: string, preset: string): Option =>
  new Option(flags, description).argParser(parseTime).default(parseTime(preset), preset)

export const common = ({ state, context, json, debug, idempotencyKey }: Raw): Common =>
  ({ json: isOn(json), ...given({ state, context, debug, idempotencyKey }) }) as Common

/** Nobody waits unless asked to. */
export const patience = ({ wait, timeout }: Raw): Waiting => ({ wait: isOn(wait), timeoutMs: Number(timeout) })

/** A flag that was not given is off. */
export const isOn = (flag: unknown): boolean => flag === true

/** Without the options that were not given. */
export const given = <T extends Raw>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T

function parseTime(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('Give a number and s, m, h or d, e.g. "10m".')
  return ms
}

export function parseModel(text: string): { provider: string; name: string } {
  const [, provider, name] = /^([^/]+)\/(.+)$/.exec(text) ?? []
  if (provider === undefined || name === undefined) {
    throw new InvalidArgumentError('Give a provider and a model, e.g. "openai/gpt-5".')
  }
  return { provider, name }
}

export function parseNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('Give a number, e.g. "20".')
  return number
}

/** Adds one `key=value` to those before it. */
export function parsePair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('Give a key and a value, e.g. "team=sales".')
  return { ...before, [key]: value }
}

/** Adds one field to those before it. A value that is JSON is taken as that, anything else as text. */
export function parseField(text: string, before: Raw = {}): Raw {
  const [key = '', value = ''] = Object.entries(parsePair(text)).flat()
  return { ...before, [key]: parsedJson(value) }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
