import type { Place } from '../documents/names.ts'
import type { Reported } from '../documents/outcome.ts'

/** What is one agent's own, and whose agent it is. */
export type Own = {
  readonly owner: string
  /** Its secrets, by name. */
  readonly secrets: readonly string[]
  readonly machineId: string | undefined
}

/**
 * Whether anybody but an agent, its owner and the functions could come by its secrets, by the policies of what is its own.
 * `Unknown` when one of them cannot be read.
 */
export type Exposure = (place: Place, own: Own) => Promise<Reported>
