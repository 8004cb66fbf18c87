import type { PlanePlace, Place } from '../../shared/documents/names.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import type { FakeCloud } from './cloud.ts'

/** One worker's way to the memory cloud: each call is an effect, each change is fenced by its lease. */
export type Call = {
  readonly cloud: FakeCloud
  readonly read: <T>(method: string, run: () => T) => Promise<T>
  readonly change: <T>(method: string, intent: Intent, place: Place | PlanePlace, run: () => T) => Promise<T>
}
