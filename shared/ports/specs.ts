import type { z } from 'zod'
import type { AgentSpec } from '../documents/agent.ts'
import type { PlaneSpec } from '../documents/plane.ts'
import type { AgentRef, PlaneRef } from '../documents/ref.ts'
import type { Changes, Listed, SpecDocument } from './documents.ts'

/** A spec as a person writes it: `createdAt` is the store's, what has a default may be left out. */
export type PlaneFields = Omit<z.input<typeof PlaneSpec>, 'createdAt'>
export type AgentFields = Omit<z.input<typeof AgentSpec>, 'createdAt'>

/** A spec beside the ref that names it. */
export type PlaneDocument = SpecDocument<PlaneSpec> & { readonly ref: PlaneRef }
export type AgentDocument = SpecDocument<AgentSpec> & { readonly ref: AgentRef }

/** Who did what to which agent or plane; `before` and `after` hold changed fields only, and never a secret. */
export type AuditEntry = {
  readonly actor: string
  readonly action: string
  /** The agent's name; absent when it is about the plane itself. */
  readonly agent?: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

/** What commands may read and write. They write specs; of a status only when it is purged. */
export type SpecWriter = {
  /** @throws ProviderError AlreadyExists when the document is there */
  createPlane(plane: string, fields: PlaneFields): Promise<PlaneRef>
  /** @throws ProviderError AlreadyExists when the document is there, NotFound when its plane is not */
  createAgent(plane: string, name: string, fields: AgentFields): Promise<AgentRef>

  /**
   * Changes fields by dotted path; `undefined` removes one. With `generation`, only if the spec is still at it.
   * The new generation. @throws ProviderError NotFound, Conflict when somebody was faster
   */
  updatePlane(plane: string, changes: Changes, generation?: string): Promise<string>
  updateAgent(plane: string, name: string, changes: Changes, generation?: string): Promise<string>

  getPlane(plane: string): Promise<PlaneDocument | undefined>
  getAgent(plane: string, name: string): Promise<AgentDocument | undefined>
  listPlanes(): Promise<readonly PlaneDocument[]>
  listAgents(plane: string): Promise<readonly AgentDocument[]>

  /** Statuses of a plane's agents, tombstones among them when `includePurged`. */
  listAgentStatuses(plane: string, options: { readonly includePurged: boolean }): Promise<readonly Listed[]>
  getAgentStatus(ref: Pick<AgentRef, 'plane' | 'uid'>): Promise<Listed | undefined>
  /** Sets when what removal kept is deleted. @throws ProviderError NotFound when there is no such status */
  setPurgeAt(ref: Pick<AgentRef, 'plane' | 'uid'>, purgeAtMs: number): Promise<void>

  /** Appends to the plane's audit trail, under an id that sorts by time. */
  audit(plane: string, entry: AuditEntry): Promise<void>
}
