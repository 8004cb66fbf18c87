import type { AgentRef, PlaneRef, Ref } from '../../shared/documents/ref.ts'
import type { AgentStatus, Status } from '../../shared/documents/status.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import type { AgentView, PlaneView, StatusDocument } from '../../shared/documents/view.ts'
import type { Documents, Listed } from '../../shared/ports/documents.ts'
import type { FakeStore } from './store.ts'
import type { Worker, World } from './world.ts'

/** The documents port over the memory store, one effect for each round trip of the real one. */
export function storeDocuments(store: FakeStore, world: World, worker: Worker): Documents {
  const effect = <T>(label: string, run: () => T): Promise<T> => world.effect(worker, label, run)
  return {
    findPlane: (plane) => effect('findPlane', () => planeRef(store, plane)),
    findAgent: (plane, name) => effect('findAgent', () => agentRef(store, plane, name)),
    findAgentByUid: (uid) => effect('findAgentByUid', () => refByUid(store, uid)),
    viewPlane: (ref) => effect(`viewPlane`, () => viewPlane(store, ref)),
    viewAgent: (ref) => effect(`viewAgent`, () => viewAgent(store, ref)),
    createStatus: (ref, status) => effect(`createStatus`, () => createStatus(store, ref, status)),
    updateStatus: (ref, version, changes) =>
      effect(`updateStatus ${Object.keys(changes).join(' ')}`, () => store.update(ref, version, changes)),
    deleteSpec: (ref, generation) => effect('deleteSpec', () => deleteSpec(store, ref, generation)),
    findPredecessor: (ref) => effect('findPredecessor', () => predecessor(store, ref)),
    async *listStatuses(plane) {
      yield await effect('listStatuses', () => listed(store, plane))
    },
    async *listSpecs(plane) {
      yield await effect('listSpecs', () => specs(store, plane))
    },
    listPlanes: () => effect('listPlanes', () => planes(store)),
    readLeases: (plane) => effect('readLeases', () => new Map(store.leases.get(plane))),
    readLease: (ref) => effect('readLease', () => store.leases.get(ref.plane)?.get(ref.uid)),
    writeLeases: (plane, leases) =>
      effect('writeLeases', () => {
        const all = new Map(store.leases.get(plane))
        for (const [uid, lease] of leases)
          if (lease === undefined) all.delete(uid)
          else all.set(uid, lease)
        store.leases.set(plane, all)
      }),
    readOrphans: (plane) => effect('readOrphans', () => store.orphans.get(plane) ?? {}),
    writeOrphans: (plane, orphans) => effect('writeOrphans', () => void store.orphans.set(plane, orphans)),
  }
}

function planeRef(store: FakeStore, plane: string): PlaneRef | undefined {
  const spec = store.planes.get(plane)
  return spec && { kind: 'plane', plane, uid: spec.uid }
}

function agentRef(store: FakeStore, plane: string, name: string): AgentRef | undefined {
  const spec = store.agents.get(agentPath(plane, name))
  return spec && { kind: 'agent', plane, planeUid: store.planeUid(plane), name, uid: spec.uid }
}

/** Which plane a status belongs to; the real store has it in the path. */
const planeOf = (store: FakeStore, status: AgentStatus): string =>
  [...store.planes].find(([, { uid }]) => uid === status.planeUid)?.[0] ??
  store.planeStatus(status.planeUid)?.status.name ??
  'acme'

function refByUid(store: FakeStore, uid: string): AgentRef | undefined {
  const status = store.agentStatus(uid)
  return status && { kind: 'agent', plane: planeOf(store, status), planeUid: status.planeUid, name: status.name, uid }
}

function viewPlane(store: FakeStore, ref: PlaneRef): PlaneView {
  const spec = store.planes.get(ref.plane)
  const status = store.planeStatus(ref.uid)
  const view = { ref, spec: spec?.uid === ref.uid ? spec : undefined, status }
  return status?.status.target === 'absent' ? { ...view, agentsLeft: agentStatuses(store, ref.uid).length > 0 } : view
}

function viewAgent(store: FakeStore, ref: AgentRef): AgentView {
  const spec = store.agents.get(agentPath(ref.plane, ref.name))
  const plane = planeRef(store, ref.plane) ?? { kind: 'plane', plane: ref.plane, uid: ref.planeUid }
  const status = store.statuses.get(ref.uid)
  return {
    ref,
    plane: viewPlane(store, plane),
    spec: spec?.uid === ref.uid ? spec : undefined,
    successor: spec?.uid === ref.uid ? undefined : spec?.uid,
    status: status?.status.kind === 'agent' ? (status as StatusDocument<AgentStatus>) : undefined,
  }
}

function createStatus(store: FakeStore, ref: Ref, status: Status): boolean {
  if (store.statuses.has(ref.uid)) return false
  if (status.kind === 'agent' && status.accepted !== undefined && status.target !== 'absent') {
    const plane = store.planeStatus(status.planeUid)?.status
    if (plane === undefined || plane.target === 'absent') return false
    if (ref.kind === 'agent' && store.agents.get(agentPath(ref.plane, ref.name))?.uid !== ref.uid) return false
  }
  store.setStatus(ref, status)
  return true
}

function deleteSpec(store: FakeStore, ref: Ref, generation: string): void {
  const path = ref.kind === 'plane' ? ref.plane : agentPath(ref.plane, ref.name)
  const specs: Map<string, { readonly generation: string }> = ref.kind === 'plane' ? store.planes : store.agents
  if (specs.get(path)?.generation === generation) specs.delete(path)
}

const agentStatuses = (store: FakeStore, planeUid: string): readonly Listed[] =>
  [...store.statuses.values()].filter(
    (found): found is Listed =>
      found.status.kind === 'agent' && found.status.planeUid === planeUid && found.status.phase !== 'Purged',
  )

function listed(store: FakeStore, plane: string): readonly Listed[] {
  return [...store.statuses.values()].filter(
    (found): found is Listed =>
      found.status.kind === 'agent' && found.status.phase !== 'Purged' && planeOf(store, found.status) === plane,
  )
}

function predecessor(store: FakeStore, ref: AgentRef): string | undefined {
  const gone = new Set(['Removed', 'Purged'])
  return agentStatuses(store, ref.planeUid).find(
    ({ status }) => status.name === ref.name && status.uid !== ref.uid && !gone.has(status.phase),
  )?.status.uid
}

function specs(store: FakeStore, plane: string): readonly { ref: Omit<AgentRef, 'planeUid'>; generation: string }[] {
  const prefix = agentPath(plane, '')
  return [...store.agents]
    .filter(([path]) => path.startsWith(prefix))
    .map(([path, { uid, generation }]) => ({
      ref: { kind: 'agent', plane, name: path.slice(prefix.length), uid },
      generation,
    }))
}

function planes(store: FakeStore): readonly PlaneRef[] {
  const refs = new Map([...store.planes].map(([plane, { uid }]) => [uid, { kind: 'plane', plane, uid } as const]))
  for (const { status } of store.statuses.values())
    if (status.kind === 'plane' && status.phase !== 'Purged')
      refs.set(status.uid, { kind: 'plane', plane: status.name, uid: status.uid })
  return [...refs.values()]
}
