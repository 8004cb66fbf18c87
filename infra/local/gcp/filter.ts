import { invalid } from './errors.ts'
import { isObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'

type Term = { readonly field: string; readonly operator: string; readonly value: string }

const TERM =
  /\s*(?:AND\s+)?\(?\s*([A-Za-z][\w.-]*|"[^"]+")\s*(!=|>=|<=|=|:|>|<|eq\b|ne\b)\s*("(?:[^"\\]|\\.)*"|[^\s()]+)\s*\)?\s*/y

/**
 * Reads a list filter: terms `field operator value`, joined by AND or in brackets. Throws INVALID_ARGUMENT for anything
 * else (OR, NOT, regular expressions), rather than match too much.
 */
export function compileFilter(filter: string | undefined): (item: JsonObject) => boolean {
  if (filter === undefined || filter.trim() === '') return () => true
  const terms: Term[] = []
  TERM.lastIndex = 0
  let end = 0
  for (let match = TERM.exec(filter); match !== null; match = TERM.exec(filter)) {
    terms.push({ field: unquoted(match[1] ?? ''), operator: match[2] ?? '', value: unquoted(match[3] ?? '') })
    end = TERM.lastIndex
  }
  if (end !== filter.length || terms.some(({ field, value }) => [field, value].includes('OR') || value.includes('*')))
    throw invalid(`Invalid list filter expression: ${filter}`)
  return (item) => terms.every((term) => holds(item, term))
}

const unquoted = (token: string): string => (token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token)

function valueAt(item: JsonObject, field: string): Json | undefined {
  let at: Json | undefined = item
  for (const key of field.split('.')) at = isObject(at) ? at[key] : undefined
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
