import { z } from 'zod'

/** The header by which the tries of one wish are told from several wishes. Answered to on every call that changes something. */
export const KEY_HEADER = 'idempotency-key'

/** The header in which a client says what it is. */
export const SURFACE_HEADER = 'x-planes-surface'

/** What a key looks like: opaque, and not to be guessed. */
export const IdempotencyKey = z.string().regex(/^[\w.:-]{8,128}$/, 'must be 8 to 128 letters, digits or any of _.:-')
