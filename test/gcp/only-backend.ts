import type { Backend } from '../../shared/ports/backend.ts'
import type { BackendSubject } from '../contract/backend-subject.ts'
import { EXPIRED, INTENT, PLACE } from './adapter-stand.ts'

/** A backend of which only these ports are looked at. */
export const onlyBackend = (ports: Partial<Backend>): BackendSubject => ({
  backend: ports as Backend,
  place: PLACE,
  intent: INTENT,
  expired: EXPIRED,
  until: async () => undefined,
  close: async () => undefined,
})
