import type { Status } from '../documents/status.ts'
import type { Changes } from '../ports/documents.ts'

/** Maps whose entries are written one by one, so that two writers of different entries never undo each other's. */
const MAPS: ReadonlySet<string> = new Set(['steps', 'resources', 'conditions'])

/** What differs between two statuses, by field path; empty when nothing does. */
export function changesOf(before: Status, after: Status): Changes {
  const changes: Record<string, unknown> = {}
  compare(before, after, '', changes)
  return changes
}

function compare(before: object, after: object, prefix: string, changes: Record<string, unknown>): void {
  const old = before as Record<string, unknown>
  const now = after as Record<string, unknown>
  for (const key of Object.keys({ ...old, ...now })) {
    if (same(old[key], now[key])) continue
    if (MAPS.has(key) && prefix === '') compare(Object(old[key]), Object(now[key]), `${key}.`, changes)
    else changes[`${prefix}${key}`] = now[key]
  }
}

/** Equal content; an absent field and an undefined one are the same. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  return Object.keys({ ...left, ...right }).every((key) => same(left[key], right[key]))
}
