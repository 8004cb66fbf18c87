import { hash } from 'node:crypto'

/** A short hash of what a step is asked: the same for equal content, whatever the order of its keys. */
export function wantOf(desired: unknown): string {
  return hash('sha256', canonical(desired)).slice(0, 16)
}

/** JSON with sorted keys and without absent fields. Plain loops: a decision hashes a dozen of these. */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const fields = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(fields).toSorted()) {
    if (fields[key] === undefined) continue
    text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${canonical(fields[key])}`
  }
  return text === '' ? '{}' : `${text}}`
}
