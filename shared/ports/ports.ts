import type { BackendName } from '../documents/fields.ts'
import type { Backend } from './backend.ts'
import type { Bus, Delays, HeartbeatInbox } from './bus.ts'
import type { Clock, Ids } from './clock.ts'
import type { Documents } from './documents.ts'
import type { Log } from './log.ts'

/** All that the engine needs of the world. */
export type Ports = {
  readonly documents: Documents
  readonly bus: Bus
  readonly inbox: HeartbeatInbox
  readonly delays: Delays
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** The backends this installation has. */
  readonly backends: readonly BackendName[]
  /** The adapters of one backend. @throws ProviderError Invalid when this installation has none */
  backend(name: BackendName): Backend
}
