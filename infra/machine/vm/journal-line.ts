import { redact } from '../../../shared/process/redact.ts'
import { speaksOfLife } from '../../../shared/process/subsystems.ts'
import { gatewayLine } from '../log.ts'
import { jsonObject } from './parsed.ts'

/** One line of the journal that may leave the machine. */
export type JournalLine = {
  /** The journal's own name of the place after it. */
  readonly cursor: string
  /** With microseconds, as RFC 3339. */
  readonly at: string
  readonly severity: 'INFO' | 'WARNING' | 'ERROR'
  readonly text: string
}

/** Units whose lines leave the machine. What sends them is none: its complaints would make it complain. */
export const SENT_UNITS = [
  'ap-firewall',
  'ap-facts',
  'ap-openclaw',
  'ap-broker',
  'ap-beat',
  'ap-supervisor',
  'ap-gateway',
  'ap-gateway-restart',
] as const

/** What is read of each entry. https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html */
export const FIELDS = ['MESSAGE', 'PRIORITY', '_PID', '_SYSTEMD_UNIT', 'UNIT'] as const

const MOST_BYTES = 4096
const UNITS: ReadonlySet<string> = new Set(SENT_UNITS)

const TOO_LONG = 'a line of more than 4 KB, which stays in the journal of the machine'

/**
 * Reads an entry as `journalctl --output=json` prints it; undefined for one that does not leave the machine. Fields whose
 * names begin with `_` are the journal's own word; all others are what a program claims.
 */
export function parseJournalLine(json: string): JournalLine | undefined {
  const entry = jsonObject(json) ?? {}
  const { __CURSOR: cursor, __REALTIME_TIMESTAMP: atUs } = entry
  if (typeof cursor !== 'string' || typeof atUs !== 'string' || !/^\d{1,16}$/.test(atUs)) return undefined
  const said = saidIn(entry)
  return said === undefined
    ? undefined
    : { cursor, at: momentOf(atUs), severity: severityOf(entry['PRIORITY']), text: clipped(redact(said)) }
}

type Entry = Readonly<Record<string, unknown>>

/** What a unit said. Of the gateway, only what it says of its own life: the rest may be what a person said. */
function saidIn(entry: Entry): string | undefined {
  const isSystemd = entry['_PID'] === '1'
  const unit = String(entry[isSystemd ? 'UNIT' : '_SYSTEMD_UNIT']).replace(/\.service$/, '')
  const message = messageOf(entry['MESSAGE'])
  if (!UNITS.has(unit) || message === undefined) return undefined
  if (unit !== 'ap-gateway' || isSystemd || message === TOO_LONG) return `[${unit.replace('ap-', '')}] ${message}`
  const { subsystem, text } = gatewayLine(message)
  return speaksOfLife(subsystem) ? `[${subsystem}] ${text}` : undefined
}

/** The journal gives bytes for what is not plain text, and nothing for what is longer than 4096 bytes. */
function messageOf(message: unknown): string | undefined {
  if (message === null) return TOO_LONG
  const text = Array.isArray(message) && message.every(isByte) ? Buffer.from(message).toString('utf8') : message
  return typeof text === 'string' && text.trim() !== '' ? text.replaceAll(/\s+/g, ' ').trim() : undefined
}

const isByte = (value: unknown): value is number => Number.isInteger(value)

const clipped = (text: string): string => Buffer.from(text).subarray(0, MOST_BYTES).toString('utf8')

const momentOf = (us: string): string => {
  const second = new Date(Math.floor(Number(us) / 1e6) * 1000).toISOString().slice(0, 19)
  return `${second}.${us.slice(-6).padStart(6, '0')}Z`
}

/** https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html */
function severityOf(priority: unknown): JournalLine['severity'] {
  const level = typeof priority === 'string' && /^[0-7]$/.test(priority) ? Number(priority) : 6
  if (level <= 3) return 'ERROR'
  return level === 4 ? 'WARNING' : 'INFO'
}
