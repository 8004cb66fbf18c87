import type { Condition, Resource, Retained } from './status.ts'

/** A condition as a step reports it; the engine adds since when. */
export type Reported = Omit<Condition, 'sinceMs'>

/** What a step found out about the world. Expected outcomes are values; exceptions are bugs or retries. */
export type Outcome =
  /** As wanted, read back. `resource` is the evidence: ids that tell this thing from any other. */
  | { readonly is: 'ready'; readonly resource?: Resource; readonly conditions?: Readonly<Record<string, Reported>> }
  /** Not yet. Without `retryAfterMs` the engine backs off. `backTo`: the zone where the agent's data turned out to be. */
  | {
      readonly is: 'waiting'
      readonly reason: string
      readonly message?: string
      readonly retryAfterMs?: number
      readonly backTo?: string
    }
  /** Never, until somebody changes something; the message says what. */
  | { readonly is: 'failed'; readonly reason: string; readonly message: string }
  /** Removed and proven by reading back; `retained` is kept until the purge. */
  | { readonly is: 'removed'; readonly retained?: readonly Retained[] }

/** How far a removal goes: `held` is the account disabled or the disk kept, `gone` is nothing left. */
export type Stage = 'held' | 'gone'

export const ready = (resource: Resource = {}, conditions: Record<string, Reported> = {}): Outcome => ({
  is: 'ready',
  resource,
  conditions,
})
export const waiting = (reason: string, message?: string, retryAfterMs?: number): Outcome => ({
  is: 'waiting',
  reason,
  ...(message === undefined ? {} : { message }),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})
export const failed = (reason: string, message: string): Outcome => ({ is: 'failed', reason, message })
export const removed = (...retained: readonly Retained[]): Outcome => ({ is: 'removed', retained })
