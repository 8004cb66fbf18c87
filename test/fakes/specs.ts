import { AgentSpec } from '../../shared/documents/agent.ts'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import { parseSpec } from '../../shared/documents/parsed.ts'
import { PlaneSpec } from '../../shared/documents/plane.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { AgentStatus, PlaneStatus } from '../../shared/documents/status.ts'
import { agentPath, planePath, uidOf } from '../../shared/documents/uid.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { CommandPorts } from '../../shared/commands/ports.ts'
import type { Changes, PlaneView } from '../../shared/ports/documents.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { AgentDocument, PlaneDocument, SpecWriter, WriteOptions } from '../../shared/ports/specs.ts'
import { fakeTrail } from './trail.ts'
import type { FakeTrail } from './trail.ts'

type Raw = Readonly<Record<string, unknown>>
type Stored = { readonly fields: Raw; readonly generation: string }

/** The documents as commands see them, in memory. The maps are open so that a test can play the engine. */
export type FakeSpecs = Pick<FakeTrail, 'members'> & {
  readonly specs: SpecWriter
  readonly documents: CommandPorts['documents']
  /** Specs by document path. */
  readonly stored: Map<string, Stored>
  readonly planeStatuses: Map<string, PlaneStatus>
  readonly statuses: Map<string, AgentStatus>
  readonly leases: Map<string, Lease>
  readonly trail: FakeTrail['entries']
  /** Writes a spec as somebody who goes around the API does. */
  write(path: string, fields: Raw): void
}

/** An empty store whose documents are created at the clock's time. */
export function fakeSpecs(clock: Clock): FakeSpecs {
  const trail = fakeTrail(clock)
  const store = new Store(clock, trail)
  return {
    specs: store.specs(),
    documents: store.documents(),
    stored: store.stored,
    planeStatuses: store.planeStatuses,
    statuses: store.statuses,
    leases: store.leases,
    trail: trail.entries,
    members: trail.members,
    write: (path, fields) => store.write(path, fields),
  }
}

class Store {
  readonly stored = new Map<string, Stored>()
  readonly planeStatuses = new Map<string, PlaneStatus>()
  readonly statuses = new Map<string, AgentStatus>()
  readonly leases = new Map<string, Lease>()
  readonly #clock: Clock
  readonly #trail: FakeTrail
  #writes = 0

  constructor(clock: Clock, trail: FakeTrail) {
    this.#clock = clock
    this.#trail = trail
  }

  specs(): SpecWriter {
    return {
      ...this.#trail.specs,
      createPlane: async (plane, fields, entry) => {
        this.create(planePath(plane), fields)
        this.#trail.append(plane, entry)
        return this.getPlane(plane).ref
      },
      createAgent: async (plane, name, fields, entry) => {
        this.read(planePath(plane))
        this.create(agentPath(plane, name), fields)
        this.#trail.append(plane, entry)
        return this.getAgent(plane, name).ref
      },
      updatePlane: async (plane, changes, options) => this.update(plane, planePath(plane), changes, options),
      updateAgent: async (plane, name, changes, options) =>
        this.update(plane, agentPath(plane, name), changes, options),
      getPlane: async (plane) => (this.stored.has(planePath(plane)) ? this.getPlane(plane) : undefined),
      getAgent: async (plane, name) =>
        this.stored.has(agentPath(plane, name)) ? this.getAgent(plane, name) : undefined,
      listPlanes: async () => this.names(/^planes\/([^/]+)$/).map((plane) => this.getPlane(plane)),
      listAgents: async (plane, of) =>
        this.names(new RegExp(`^planes/${plane}/agents/(.+)$`))
          .map((name) => this.getAgent(plane, name))
          .filter(({ parsed }) => of === undefined || (parsed.ok && parsed.spec.owner === of.owner)),
      listAgentStatuses: async (plane, { includePurged, owner: asked }) =>
        this.statusesOf(plane)
          .filter(({ phase, owner }) => (includePurged || phase !== 'Purged') && (asked ?? owner) === owner)
          .map((status) => ({ version: '1', status })),
      countAgents: async (plane) =>
        this.statusesOf(plane).filter(({ phase }) => phase !== 'Removed' && phase !== 'Purged').length,
      getAgentStatus: async ({ uid }) => {
        const status = this.statuses.get(uid)
        return status && { version: '1', status }
      },
      setPurgeAt: async ({ plane, uid }, purgeAtMs, entry) => {
        const status = this.statuses.get(uid)
        if (status === undefined) throw new ProviderError('NotFound', `there is no status ${uid}`)
        this.statuses.set(uid, { ...status, purgeAtMs })
        this.#trail.append(plane, entry)
      },
    }
  }

  documents(): FakeSpecs['documents'] {
    return {
      findAgent: async (plane, name) => (await this.specs().getAgent(plane, name))?.ref,
      viewPlane: async (ref) => this.viewPlane(ref),
      viewAgent: async (ref) => {
        const spec = await this.specs().getAgent(ref.plane, ref.name)
        const status = this.statuses.get(ref.uid)
        return {
          ref,
          plane: this.viewPlane({ kind: 'plane', plane: ref.plane, uid: ref.planeUid }),
          spec: spec?.uid === ref.uid ? spec : undefined,
          status: status && { version: '1', status },
        }
      },
      findPredecessor: async ({ plane, name, uid }) =>
        this.statusesOf(plane).find(
          (status) => status.name === name && status.uid !== uid && !['Removed', 'Purged'].includes(status.phase),
        )?.uid,
      readLeases: async () => this.leases,
      readLease: async ({ uid }) => this.leases.get(uid),
    }
  }

  private viewPlane(ref: PlaneRef): PlaneView {
    const status = this.planeStatuses.get(ref.uid)
    const spec = this.stored.has(planePath(ref.plane)) ? this.getPlane(ref.plane) : undefined
    return { ref, spec, status: status && { version: '1', status } }
  }

  write(path: string, fields: Raw): void {
    this.stored.set(path, { fields, generation: String(++this.#writes) })
  }

  private create(path: string, fields: Raw): void {
    if (this.stored.has(path)) throw new ProviderError('AlreadyExists', `${path} is there already`)
    this.write(path, { ...fields, createdAt: new Date(this.#clock.nowMs()).toISOString() })
  }

  private update(plane: string, path: string, changes: Changes, { generation, entry }: WriteOptions = {}): string {
    const old = this.read(path)
    if (generation !== undefined && generation !== old.generation) {
      throw new ProviderError('Conflict', `${path} was changed by somebody else`)
    }
    this.write(path, JSON.parse(JSON.stringify({ ...old.fields, ...changes })) as Raw)
    this.#trail.append(plane, entry)
    return this.read(path).generation
  }

  private read(path: string): Stored {
    const document = this.stored.get(path)
    if (document === undefined) throw new ProviderError('NotFound', `${path} is not there`)
    return document
  }

  private getPlane(plane: string): PlaneDocument {
    const { fields, generation } = this.read(planePath(plane))
    const createdAt = String(fields['createdAt'])
    const uid = uidOf(planePath(plane), createdAt)
    const ref: PlaneRef = { kind: 'plane', plane, uid }
    return { ref, uid, generation, createdAt, parsed: parseSpec(PlaneSpec, fields) }
  }

  private getAgent(plane: string, name: string): AgentDocument {
    const { fields, generation } = this.read(agentPath(plane, name))
    const createdAt = String(fields['createdAt'])
    const uid = uidOf(agentPath(plane, name), createdAt)
    const ref: AgentRef = { kind: 'agent', plane, planeUid: this.getPlane(plane).uid, name, uid }
    return { ref, uid, generation, createdAt, parsed: parseSpec(AgentSpec, fields) }
  }

  private names(pattern: RegExp): string[] {
    return [...this.stored.keys()].flatMap((path) => pattern.exec(path)?.[1] ?? []).toSorted()
  }

  private statusesOf(plane: string): AgentStatus[] {
    if (!this.stored.has(planePath(plane))) return []
    const uid = this.getPlane(plane).uid
    return [...this.statuses.values()].filter(({ planeUid }) => planeUid === uid)
  }
}
