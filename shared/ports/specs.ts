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

/** Where a person was when they asked. `api` is whoever did not say. */
export type Surface = 'cli' | 'plugin' | 'console' | 'slack' | 'api'

/** Who did what to which agent, member or plane; `before` and `after` hold changed fields only, and never a secret. */
export type AuditEntry = {
  readonly actor: string
  readonly surface: Surface
  readonly action: string
  /** The agent's name; absent when it is about the plane itself. */
  readonly agent?: string
  /** Whose membership it is about. */
  readonly member?: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  readonly requestId: string
  /** What every try of the same wish carries, where its sender gave one. */
  readonly key?: string
  /** A hash of all that was asked, beside a `key`: to tell another wish that carries the same one. */
  readonly asked?: string
}

/** An entry, and the plane in whose trail it stands. */
export type Trail = { readonly plane: string; readonly entry: AuditEntry }

/** An entry as it stands in the trail. `id` sorts by time. */
export type AuditRecord = AuditEntry & { readonly id: string; readonly at: string }

/** Which entries are asked for, newest first. */
export type AuditQuery = {
  readonly agent?: string | undefined
  /** Only those older than the entry of this id. */
  readonly before?: string | undefined
  readonly limit: number
}

/** A person with a role in a plane. */
export type Member = { readonly email: string; readonly role: 'admin' | 'viewer'; readonly createdAt: string }

/** Which statuses are asked for. */
export type StatusQuery = { readonly includePurged: boolean; readonly owner?: string | undefined }

/** What a write may ask beside its fields. */
export type WriteOptions = {
  /** Written only if the spec is still at it. */
  readonly generation?: string | undefined
  /** Appended to the plane's audit trail by the same write: there are both or neither. */
  readonly entry?: AuditEntry | undefined
}

/** What commands may read and write. They write specs and members; of a status only when it is purged. */
export type SpecWriter = {
  /** @throws ProviderError AlreadyExists when the document is there */
  createPlane(plane: string, fields: PlaneFields, entry?: AuditEntry): Promise<PlaneRef>
  /** @throws ProviderError AlreadyExists when the document is there, NotFound when its plane is not */
  createAgent(plane: string, name: string, fields: AgentFields, entry?: AuditEntry): Promise<AgentRef>

  /**
   * Changes fields by dotted path; `undefined` removes one.
   * The new generation. @throws ProviderError NotFound, Conflict when somebody was faster
   */
  updatePlane(plane: string, changes: Changes, options?: WriteOptions): Promise<string>
  updateAgent(plane: string, name: string, changes: Changes, options?: WriteOptions): Promise<string>

  getPlane(plane: string): Promise<PlaneDocument | undefined>
  getAgent(plane: string, name: string): Promise<AgentDocument | undefined>
  listPlanes(): Promise<readonly PlaneDocument[]>
  /** All agents of a plane, or those of one owner. */
  listAgents(plane: string, of?: { readonly owner: string }): Promise<readonly AgentDocument[]>

  /** Statuses of a plane's agents, or of one owner's; tombstones among them when `includePurged`. */
  listAgentStatuses(plane: string, options: StatusQuery): Promise<readonly Listed[]>
  /** How many agents a plane has, without those that were removed. */
  countAgents(plane: string): Promise<number>
  getAgentStatus(ref: Pick<AgentRef, 'plane' | 'uid'>): Promise<Listed | undefined>
  /** Sets when what removal kept is deleted. @throws ProviderError NotFound when there is no such status */
  setPurgeAt(ref: Pick<AgentRef, 'plane' | 'uid'>, purgeAtMs: number, entry?: AuditEntry): Promise<void>

  getMember(plane: string, email: string): Promise<Member | undefined>
  listMembers(plane: string): Promise<readonly Member[]>
  /** Gives a person a role, or another one than `before`. @throws ProviderError Conflict when it is not `before` any more */
  putMember(
    plane: string,
    member: Omit<Member, 'createdAt'>,
    before: Member | undefined,
    entry: AuditEntry,
  ): Promise<void>
  /** @throws ProviderError NotFound when there is no such member */
  removeMember(plane: string, email: string, entry: AuditEntry): Promise<void>

  /** Appends to the plane's audit trail what no write of ours did. */
  audit(plane: string, entry: AuditEntry): Promise<void>
  /** The entry that was written under this key. */
  findAudit(plane: string, key: string): Promise<AuditRecord | undefined>
  listAudit(plane: string, query: AuditQuery): Promise<readonly AuditRecord[]>
}
