import { AgentSpec } from '../../shared/documents/agent.ts'
import { parseSpec } from '../../shared/documents/parsed.ts'
import { PlaneSpec } from '../../shared/documents/plane.ts'
import type { AgentRef, PlaneRef, Ref } from '../../shared/documents/ref.ts'
import type { AgentStatus, PlaneStatus, Status } from '../../shared/documents/status.ts'
import { agentPath, planePath, uidOf } from '../../shared/documents/uid.ts'
import type { SpecDocument, StatusDocument } from '../../shared/documents/view.ts'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import type { Changes, Documents } from '../../shared/ports/documents.ts'
import { storeDocuments } from './documents.ts'
import type { Worker, World } from './world.ts'

type Raw = Readonly<Record<string, unknown>>

/** A stored spec: parsed once, when it is written, and shared by reference. */
export type StoredSpec<S> = SpecDocument<S> & { readonly raw: Raw }

/** The documents in memory: frozen, compared and set by version. */
export class FakeStore {
  readonly planes = new Map<string, StoredSpec<PlaneSpec>>()
  readonly agents = new Map<string, StoredSpec<AgentSpec>>()
  readonly statuses = new Map<string, StatusDocument<Status>>()
  readonly leases = new Map<string, Map<string, Lease>>()
  readonly orphans = new Map<string, Readonly<Record<string, number>>>()
  statusWrites = 0
  private readonly world: World
  private versions = 0

  constructor(world: World) {
    this.world = world
  }

  version(): string {
    this.versions += 1
    return String(this.versions)
  }

  /** Somebody writes a plane's spec. `createdAt` is kept from the document that is there. */
  putPlane(plane: string, fields: Raw): PlaneRef {
    const spec = this.stored(planePath(plane), this.planes.get(plane), fields, (raw) => parseSpec(PlaneSpec, raw))
    this.planes.set(plane, spec)
    return { kind: 'plane', plane, uid: spec.uid }
  }

  /** Somebody writes an agent's spec. */
  putAgent(plane: string, name: string, fields: Raw): AgentRef {
    const path = agentPath(plane, name)
    const spec = this.stored(path, this.agents.get(path), fields, (raw) => parseSpec(AgentSpec, raw))
    this.agents.set(path, spec)
    return { kind: 'agent', plane, planeUid: this.planeUid(plane), name, uid: spec.uid }
  }

  planeUid(plane: string): string {
    return this.planes.get(plane)?.uid ?? uidOf(planePath(plane), '')
  }

  private stored<S>(
    path: string,
    old: StoredSpec<S> | undefined,
    fields: Raw,
    parse: (raw: Raw) => SpecDocument<S>['parsed'],
  ): StoredSpec<S> {
    const createdAt = old?.createdAt ?? new Date(this.world.nowMs).toISOString()
    const raw = { ...fields, createdAt }
    const uid = uidOf(path, createdAt)
    this.world.touched.add(uid)
    return { uid, generation: this.version(), createdAt, parsed: parse(raw), raw }
  }

  status(uid: string): Status | undefined {
    return this.statuses.get(uid)?.status
  }

  agentStatus(uid: string): AgentStatus | undefined {
    const status = this.status(uid)
    return status?.kind === 'agent' ? status : undefined
  }

  planeStatus(uid: string): StatusDocument<PlaneStatus> | undefined {
    const found = this.statuses.get(uid)
    return found?.status.kind === 'plane' ? (found as StatusDocument<PlaneStatus>) : undefined
  }

  setStatus(ref: Ref, status: Status): string {
    const version = this.version()
    this.statuses.set(ref.uid, { version, status })
    this.statusWrites += 1
    this.world.touched.add(ref.uid)
    return version
  }

  update(ref: Ref, version: string, changes: Changes): string | undefined {
    const found = this.statuses.get(ref.uid)
    if (found === undefined || found.version !== version) return undefined
    return this.setStatus(ref, patched(found.status, changes))
  }

  documents(worker: Worker): Documents {
    return storeDocuments(this, this.world, worker)
  }
}

function patched(status: Status, changes: Changes): Status {
  const next: Record<string, unknown> = { ...status }
  for (const [path, value] of Object.entries(changes)) {
    const dot = path.indexOf('.')
    if (dot < 0) assign(next, path, value)
    else {
      const map = path.slice(0, dot)
      const entries = { ...(next[map] as Raw) }
      assign(entries, path.slice(dot + 1), value)
      next[map] = entries
    }
  }
  return next as Status
}

function assign(target: Record<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) delete target[key]
  else target[key] = value
}
