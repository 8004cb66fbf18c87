import { z } from 'zod'
import { Moment } from './fields.ts'

/** Somebody who may look at or run a plane. Document `planes/{plane}/members/{email}`. Owners are whoever a spec names. */
export const Member = z.strictObject({ createdAt: Moment, role: z.enum(['admin', 'viewer']) })
export type Member = z.infer<typeof Member>
