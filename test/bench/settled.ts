import { Timestamp } from '@google-cloud/firestore'
import type { Firestore } from '@google-cloud/firestore'
import { AgentSpec } from '../../shared/documents/agent.ts'
import { agentLabels } from '../../shared/documents/labels.ts'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import { names } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { agentSteps } from '../../shared/documents/topics.ts'
import { agentPath, planePath, uidOf } from '../../shared/documents/uid.ts'
import { observePlane } from '../../shared/engine/observe-plane.ts'
import { reconcile } from '../../shared/engine/reconcile.ts'
import { specPath, statusPath } from '../../shared/gcp/firestore-snapshots.ts'
import { defined, microsOf, momentOf } from '../../shared/gcp/firestore-values.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { agentFields, planeFields } from '../contract/statuses.ts'
import type { FakeCloud } from '../fakes/cloud.ts'
import { NETWORK_PARTS } from '../fakes/cloud-plane.ts'
import { inZone } from '../fakes/things.ts'

const CREATED_AT = Timestamp.fromMillis(Date.UTC(2026, 0, 1))
const SINCE_MS = Date.UTC(2026, 0, 2)
const REGION = { project: planeFields.project, region: planeFields.region } as const

/** The plane that settled agents live on. */
export const PLANE: PlaneRef = { kind: 'plane', plane: 'acme', uid: uidOf(planePath('acme'), momentOf(CREATED_AT)) }

/** Agents by number: the same in every process. */
export const settledAgents = (count: number): readonly AgentRef[] =>
  Array.from({ length: count }, (_, n) => {
    const name = `agent-${n}`
    const uid = uidOf(agentPath(PLANE.plane, name), momentOf(CREATED_AT))
    return { kind: 'agent', plane: PLANE.plane, planeUid: PLANE.uid, name, uid }
  })

const placeOf = ({ uid }: AgentRef): Place => ({ ...REGION, zone: 'us-east4-a', planeUid: PLANE.uid, uid })
const accountOf = ({ uid }: AgentRef): string => `account-${uid}`
const machineOf = ({ uid }: AgentRef): string => `machine-${uid}`

/** Writes a plane that the engine made Ready, and agents that have been Ready for long and reported just now. */
export async function seed(firestore: Firestore, ports: Ports, count: number): Promise<void> {
  await firestore.doc(specPath(PLANE)).set({ ...planeFields, createdAt: CREATED_AT })
  for (const step of [undefined, 'services', 'grants', 'network'] as const) await reconcile(PLANE, ports, { step })
  const plane = await ports.documents.viewPlane(PLANE)
  const generation = plane.spec?.generation
  if (plane.status?.status.phase !== 'Ready' || generation === undefined) throw new Error('the plane is not Ready')
  await observePlane(PLANE, plane.status.status, { exposed: [], unread: [] }, ports)
  const writer = firestore.bulkWriter({ throttling: false })
  for (const ref of settledAgents(count)) {
    const written = writer.set(firestore.doc(specPath(ref)), { ...agentFields, createdAt: CREATED_AT })
    void written.then(({ writeTime }) =>
      writer.set(firestore.doc(statusPath(ref)), defined(statusOf(ref, microsOf(writeTime), generation))),
    )
    if (ref.name.endsWith('499')) await writer.flush()
  }
  await writer.flush()
  await writer.close()
  await ports.documents.writeLeases(PLANE.plane, freshLeases(settledAgents(count), ports.clock.nowMs()))
}

function statusOf(ref: AgentRef, generation: string, planeGeneration: string): AgentStatus {
  const { uid, name, planeUid } = ref
  const { owner } = agentFields
  const step = { state: 'ready', want: '0123456789abcdef', attempt: 1, sinceMs: SINCE_MS } as const
  const holds = (reason: string) => ({ status: 'True', reason, sinceMs: SINCE_MS }) as const
  return {
    kind: 'agent',
    uid,
    name,
    owner,
    planeUid,
    target: 'present',
    phase: 'Ready',
    observedGeneration: generation,
    observedPlane: planeGeneration,
    // Heartbeats of this backend are a minute apart: none is late while the benchmark runs.
    pinned: { owner, backend: 'vm', ...REGION, zone: 'us-east4-a' },
    accepted: AgentSpec.parse({ ...agentFields, createdAt: momentOf(CREATED_AT) }),
    steps: Object.fromEntries(agentSteps.map((name) => [name, step])),
    resources: {
      identity: { id: accountOf(ref), email: `${names.account(placeOf(ref))}@acme` },
      secrets: { count: 0 },
      disk: { id: `disk-${uid}`, zone: 'us-east4-a' },
      machine: { id: machineOf(ref), startedAtMs: SINCE_MS, generation: 'g' },
    },
    retained: [],
    conditions: {
      Isolation: holds('NetworkPolicy'),
      ChannelsReady: holds('NoChannels'),
      Alive: holds('HeartbeatVerified'),
      // What the fake cloud says of every owner.
      OwnerLogin: holds('Test'),
    },
    createdAt: momentOf(CREATED_AT),
  }
}

/** Lets the plane's network and the agents' things stand in a cloud. */
export function stand(cloud: FakeCloud, agents: readonly AgentRef[]): void {
  cloud.networks.set(names.network({ planeUid: PLANE.uid }), { id: 'network', parts: new Set(NETWORK_PARTS) })
  const configuration = { generation: 'g', openclaw: {} }
  for (const ref of agents) {
    const [place, uid] = [placeOf(ref), ref.uid]
    const shape = { machineType: 'e2-medium', openclawVersion: '1', accountId: accountOf(ref), diskId: `disk-${uid}` }
    const thing = { uid, place, madeMs: SINCE_MS, ours: true }
    const labels = agentLabels(place, agentFields.owner, {})
    cloud.accounts.set(names.account(place), { ...thing, id: accountOf(ref), disabled: false, attachable: true })
    cloud.disks.set(inZone(place, names.disk(place)), {
      ...thing,
      id: `disk-${uid}`,
      zone: place.zone,
      used: true,
      labels,
    })
    cloud.machines.set(inZone(place, names.machine(place)), {
      ...thing,
      id: machineOf(ref),
      wanted: { shape, configuration, labels, restart: 0 },
      applied: 'g',
      state: 'running',
      startedAtMs: SINCE_MS,
      beat: true,
    })
  }
}

/** Heartbeats that were just booked, for all of them. */
function freshLeases(agents: readonly AgentRef[], nowMs: number): ReadonlyMap<string, Lease> {
  const iatS = Math.floor(nowMs / 1000) - 1
  return new Map(
    agents.map((ref) => [
      ref.uid,
      {
        instanceId: machineOf(ref),
        sub: accountOf(ref),
        iatS,
        seenAtMs: nowMs,
        ready: true,
        failing: [],
        appliedGeneration: 'g',
      },
    ]),
  )
}
