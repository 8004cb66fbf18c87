import type { Place } from '../../shared/documents/names.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { Intent } from '../../shared/ports/intent.ts'

/** A backend with nothing in it. */
export type BackendSubject = {
  readonly backend: Backend
  readonly place: Place
  /** An attempt that may act, and one whose time is over. */
  readonly intent: Intent
  readonly expired: Intent
  /** Lets time go on until something is so; rejects when it never is. */
  until(check: () => Promise<boolean>): Promise<void>
  close(): Promise<void>
}

/** One promise. */
export type Check = (subject: BackendSubject) => Promise<void>

/** Whether a refusal says that there is no such thing. */
export const isNotFound = (error: unknown): boolean => error instanceof ProviderError && error.kind === 'NotFound'
