import { randomBytes } from 'node:crypto'
import { Timestamp } from '@google-cloud/firestore'
import type { Firestore } from '@google-cloud/firestore'
import { PubSub } from '@google-cloud/pubsub'
import { register } from '../../functions/register.ts'
import type { Wiring } from '../../functions/register.ts'
import { triggers } from '../../functions/triggers.ts'
import { startBridge } from '../../infra/local/bridge/bridge.ts'
import type { Bridge, DocumentSource } from '../../infra/local/bridge/bridge.ts'
import { startFunctionsServer } from '../../infra/local/functions-server.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { AgentStatus, PlaneStatus } from '../../shared/documents/status.ts'
import { HEARTBEATS_SUBSCRIPTION } from '../../shared/documents/topics.ts'
import { agentPath, planePath, uidOf } from '../../shared/documents/uid.ts'
import { pubsubBus } from '../../shared/gcp/bus.ts'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreDocuments } from '../../shared/gcp/documents.ts'
import { statusPath } from '../../shared/gcp/firestore-snapshots.ts'
import { momentOf } from '../../shared/gcp/firestore-values.ts'
import { randomIds } from '../../shared/gcp/ids.ts'
import { pubsubInbox } from '../../shared/gcp/inbox.ts'
import { JointFirestore } from '../../shared/gcp/joint-firestore.ts'
import type { Log } from '../../shared/ports/log.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { localDelays } from '../../shared/process/delays.ts'
import type { FakeCloud } from './cloud.ts'
import { instantCloud } from './instant-cloud.ts'
import { untilThere } from './instant-until.ts'

type Fields = Readonly<Record<string, unknown>>

/** The real chain over real emulators, with a cloud that answers at once. */
export type InstantPlane = {
  readonly firestore: Firestore
  readonly pubsub: PubSub
  readonly cloud: FakeCloud
  readonly ports: Ports
  readonly bridge: Bridge
  /** Writes a spec as somebody who writes to Firestore directly. */
  readonly putPlane: (plane: string, fields: Fields) => Promise<PlaneRef>
  readonly putAgent: (plane: PlaneRef, name: string, fields: Fields) => Promise<AgentRef>
  /** Waits until an agent's status is as wanted. */
  readonly untilAgent: (ref: AgentRef, is: (status: AgentStatus) => boolean, withinMs?: number) => Promise<AgentStatus>
  readonly untilPlane: (ref: PlaneRef, is: (status: PlaneStatus) => boolean) => Promise<PlaneStatus>
  /** Lets every machine report, and runs the scheduled function. The HTTP status. */
  readonly sweep: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** What the chain runs on. */
export type InstantPlaneOptions = {
  readonly firestoreHost: string
  readonly pubsubHost: string
  /** How the bridge hears of this project's documents. */
  readonly documentsOf: (project: string, firestore: Firestore) => Promise<DocumentSource>
  readonly log: Log
  /** Changes what the functions are given. */
  readonly alter?: (ports: Ports) => Ports
  /** Functions besides the engine's. */
  readonly besides?: (firestore: Firestore, ports: Ports) => Partial<Wiring>
}

/**
 * Registers every function and runs them behind the real server and bridge, in a project of its own. Once in a process:
 * the functions-framework knows functions by name.
 */
export async function startInstantPlane(options: InstantPlaneOptions): Promise<InstantPlane> {
  const { firestoreHost, pubsubHost, log } = options
  Object.assign(process.env, {
    FIRESTORE_EMULATOR_HOST: firestoreHost,
    PUBSUB_EMULATOR_HOST: pubsubHost,
    METADATA_SERVER_DETECTION: 'none',
  })
  const project = `demo-${randomBytes(6).toString('hex')}`
  const [firestore, pubsub] = [new JointFirestore({ projectId: project }), new PubSub({ projectId: project })]
  const bus = pubsubBus(pubsub)
  const { cloud, backend } = instantCloud({ bus, clock: systemClock, log })
  const delays = localDelays(bus, systemClock, log)
  const ports: Ports = {
    documents: firestoreDocuments(firestore, log),
    bus,
    inbox: pubsubInbox(pubsub, HEARTBEATS_SUBSCRIPTION, log),
    delays,
    clock: systemClock,
    ids: randomIds,
    log,
    backends: ['process'],
    backend: () => backend,
  }
  const functions = await serve(options, ports, options.besides?.(firestore, ports))
  const bridge = await startBridge({
    project,
    triggers,
    documents: await options.documentsOf(project, firestore),
    pubsub,
    invoke: (...call) => functions.invoke(...call),
    retries: { attempts: 5, baseMs: 20, capMs: 1_000 },
    random: Math.random,
    log,
  })
  return {
    firestore,
    pubsub,
    cloud,
    ports,
    bridge,
    ...writing(firestore),
    untilAgent: (ref, is, withinMs) => untilThere(firestore.doc(statusPath(ref)), AgentStatus, is, withinMs),
    untilPlane: (ref, is) => untilThere(firestore.doc(statusPath(ref)), PlaneStatus, is),
    sweep: async () => {
      await Promise.all(cloud.heartbeats().map((heartbeat) => bus.publishHeartbeat(heartbeat)))
      return functions.invoke('sweep', { headers: {}, body: new Uint8Array() }, new AbortController().signal)
    },
    stop: async () => {
      delays.stop()
      await bridge.stop()
      await functions.stop()
      await Promise.allSettled([firestore.terminate(), pubsub.close()])
    },
  }
}

const unused = () => Promise.reject(new Error('not part of this chain'))

async function serve(
  { log, alter = (ports) => ports }: InstantPlaneOptions,
  ports: Ports,
  besides: Partial<Wiring> = {},
) {
  const altered = alter(ports)
  register({ log, ports: async () => altered, heartbeat: unused, api: unused, ...besides })
  return startFunctionsServer({ triggers, port: 0, bridgeToken: randomBytes(16).toString('hex'), log })
}

/** Writing specs whose uid is known before anything can happen to them. */
function writing(firestore: Firestore): Pick<InstantPlane, 'putPlane' | 'putAgent'> {
  const put = async (path: string, fields: Fields): Promise<string> => {
    const createdAt = Timestamp.now()
    await firestore.doc(path).set({ ...fields, createdAt })
    return uidOf(path, momentOf(createdAt))
  }
  return {
    putPlane: async (plane, fields) => ({ kind: 'plane', plane, uid: await put(planePath(plane), fields) }),
    putAgent: async ({ plane, uid: planeUid }, name, fields) => {
      const uid = await put(agentPath(plane, name), fields)
      return { kind: 'agent', plane, planeUid, name, uid }
    },
  }
}
