import { invalid } from './errors.ts'
import { isObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'

type Term = { readonly field: string; readonly operator: string; readonly value: string; readonly bracketed: boolean }

const TERM =
  /\s*(?:AND\s+)?(\()?\s*((?:[A-Za-z][\w-]*|"[^"]+")(?:\.(?:[\w-]+|"[^"]+"))*)\s*(!=|>=|<=|=|:|>|<|eq\b|ne\b)\s*("(?:[^"\\]|\\.)*"|[^\s()]+)\s*\)?\s*/y

/**
 * Reads a list filter: terms `field operator value`, joined by AND or in brackets. Throws INVALID_ARGUMENT for anything
 * else (OR, NOT, regular expressions), rather than match too much. With `brackets`, several terms have to be in brackets each.
 */
export function compileFilter(filter: string | undefined, brackets = false): (item: JsonObject) => boolean {
  if (filter === undefined || filter.trim() === '') return () => true
  const terms: Term[] = []
  TERM.lastIndex = 0
  let end = 0
  for (let match = TERM.exec(filter); match !== null; match = TERM.exec(filter)) {
    const [, bracket, field = '', operator = '', value = ''] = match
    terms.push({ field, operator, value: unquoted(value), bracketed: bracket !== undefined })
    end = TERM.lastIndex
  }
  const isBare = brackets && terms.length > 1 && terms.some(({ bracketed }) => !bracketed)
  const isOther = terms.some(({ field, value }) => [field, value].includes('OR') || value.includes('*'))
  if (end !== filter.length || isBare || isOther) throw invalid(`Invalid list filter expression: ${filter}`)
  return (item) => terms.every((term) => holds(item, term))
}

const unquoted = (token: string): string => (token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token)

/** A part of a field's name; one in quotes may hold anything. */
const SEGMENT = /"[^"]+"|[^."]+/g

function valueAt(item: JsonObject, field: string): Json | undefined {
  let at: Json | undefined = item
  for (const [segment] of field.matchAll(SEGMENT)) at = isObject(at) ? at[unquoted(segment)] : undefined
  return at
}

function holds(item: JsonObject, { field, operator, value }: Term): boolean {
  const found = valueAt(item, field)
  const text = typeof found === 'string' ? found : found === undefined ? undefined : JSON.stringify(found)
  if (operator === '!=' || operator === 'ne') return text !== value
  if (text === undefined) return false
  if (operator === ':') return text.toLowerCase().includes(value.toLowerCase())
  if (operator === '=' || operator === 'eq') return text === value
  const order = compare(text, value)
  return operator === '>' ? order > 0 : operator === '<' ? order < 0 : operator === '>=' ? order >= 0 : order <= 0
}

const SEVERITIES = ['DEFAULT', 'DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY']

function compare(a: string, b: string): number {
  const [x, y] = [SEVERITIES.indexOf(a), SEVERITIES.indexOf(b)]
  if (x >= 0 && y >= 0) return x - y
  const [timeA, timeB] = [Date.parse(a), Date.parse(b)]
  if (!Number.isNaN(timeA) && !Number.isNaN(timeB)) return timeA - timeB
  return a < b ? -1 : a > b ? 1 : 0
}
