import type { Backend } from '../../shared/ports/backend.ts'
import type { Intent } from '../../shared/ports/intent.ts'

const isIntent = (value: unknown): value is Intent =>
  typeof value === 'object' && value !== null && 'op' in value && 'untilMs' in value

/**
 * The same backend, each call an attempt of its own, as in life: a cloud that knows a request by its attempt does it once,
 * while a test makes, deletes and makes again in the name of one.
 */
export function ownAttempts(backend: Partial<Backend>): Backend {
  let count = 0
  const renamed = (value: unknown): unknown =>
    isIntent(value) ? { ...value, op: `${value.op}-${(count += 1)}` } : value
  const wrapped = (port: object): object =>
    Object.fromEntries(
      Object.entries(port).map(([name, member]: [string, unknown]) => [
        name,
        typeof member === 'function' ? (...args: unknown[]): unknown => member(...args.map(renamed)) : member,
      ]),
    )
  return Object.fromEntries(Object.entries(backend).map(([name, port]) => [name, wrapped(port)])) as Backend
}
