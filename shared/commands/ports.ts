import type { BackendName } from '../documents/fields.ts'
import type { Desired } from '../lifecycle/definition.ts'
import type { Clock, Ids } from '../ports/clock.ts'
import type { Documents } from '../ports/documents.ts'
import type { Log } from '../ports/log.ts'
import type { Logs } from '../ports/logs.ts'
import type { Authenticate, OwnerAccess, Vault } from '../ports/people.ts'
import type { Prices } from '../ports/prices.ts'
import type { SlackRecords } from '../ports/slack.ts'
import type { SpecWriter } from '../ports/specs.ts'

/** All that the commands need of the world. */
export type CommandPorts = {
  readonly specs: SpecWriter
  readonly documents: Pick<
    Documents,
    'findAgent' | 'viewPlane' | 'viewAgent' | 'findPredecessor' | 'readLeases' | 'readLease'
  >
  readonly authenticate: Authenticate
  readonly access: OwnerAccess
  readonly vault: Vault
  readonly logs: Logs
  readonly prices: Prices
  /** Where one-time links from Slack are kept; absent where there is no Slack. */
  readonly slack?: Pick<SlackRecords, 'findOffer' | 'takeLink'>
  /** What each step asks of the world, to say beforehand which of them a change would have done. */
  readonly desired: Desired
  /** What this installation can run agents on; the first is what a plane gets unless it says otherwise. */
  readonly backends: readonly [BackendName, ...BackendName[]]
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}
