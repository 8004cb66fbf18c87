import type { StepName } from '../documents/message.ts'
import type { Place } from '../documents/names.ts'
import type { Reported } from '../documents/outcome.ts'

/** What is one agent's own, and whose agent it is. */
export type Own = {
  readonly owner: string
  /** Its secrets, by name. */
  readonly secrets: readonly string[]
  readonly machineId: string | undefined
}

/** What the policies of one agent's own say. */
export type Policed = {
  /**
   * Whether anybody but the agent, its owner and the functions could come by its secrets. `Unknown` when a policy cannot be
   * read; left out when that is for want of room alone.
   */
  readonly separation?: Reported
  /** Roles that somebody took away, by the step that gives them. */
  readonly missing: readonly { readonly step: StepName; readonly message: string }[]
}

/** Reads the policies of what is one agent's own. */
export type Exposure = (place: Place, own: Own) => Promise<Policed>
