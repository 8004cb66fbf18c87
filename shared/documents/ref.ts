import { z } from 'zod'
import { Name } from './fields.ts'

const Uid = z.string().regex(/^[a-z2-7]{10}$/)

/** Which plane. */
export const PlaneRef = z.strictObject({ kind: z.literal('plane'), plane: Name, uid: Uid })
export type PlaneRef = z.infer<typeof PlaneRef>

/** Which agent. The name finds its spec, the uid its status. */
export const AgentRef = z.strictObject({ kind: z.literal('agent'), plane: Name, planeUid: Uid, name: Name, uid: Uid })
export type AgentRef = z.infer<typeof AgentRef>

/** Which document a pass is about. */
export const Ref = z.discriminatedUnion('kind', [PlaneRef, AgentRef])
export type Ref = z.infer<typeof Ref>
