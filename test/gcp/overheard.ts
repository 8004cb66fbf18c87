import type { Backend } from '../../shared/ports/backend.ts'

type Call = (...args: readonly unknown[]) => Promise<unknown>

const isCall = (part: unknown): part is Call => typeof part === 'function'

/** A backend whose ports tell of every error they reject with, before anybody makes something of it. */
export function overheard(backend: Backend, tell: (error: unknown) => void): Backend {
  const listening = (part: unknown): unknown => {
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, listening(inner)]))
    if (!isCall(part)) return part
    return (...args: Parameters<Call>) => {
      const answer = part(...args)
      answer.catch(tell)
      return answer
    }
  }
  return listening(backend) as Backend
}
