import type { Heartbeat } from '../../shared/documents/heartbeat.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import { topicOf } from '../../shared/documents/topics.ts'
import { cloudTasks } from '../../shared/gcp/cloud-tasks.ts'
import { vmBackend } from '../../shared/gcp/vm-backend.ts'
import { separationOf } from '../../shared/lifecycle/separation.ts'
import type { CloudServer } from '../../infra/local/gcp/server.ts'
import { startupScript } from '../../infra/machine/vm/startup-script.ts'
import type { Bus } from '../../shared/ports/bus.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { Log } from '../../shared/ports/log.ts'
import { World } from '../fakes/world.ts'
import { aGoogle } from './a-google.ts'
import { CONTROL, LOCATION, QUEUE } from './life-cloud.ts'
import { overheard } from './overheard.ts'

export const HEARTBEAT_URL = 'https://planes.example.com/heartbeat'

/** A message on its way to the function of a topic. */
export type Published = { readonly topic: string; readonly json: unknown }

/** Messages and heartbeats in memory. */
export function memoryBus(): { readonly bus: Bus; readonly queue: Published[]; readonly inbox: Heartbeat[] } {
  const queue: Published[] = []
  const inbox: Heartbeat[] = []
  const bus: Bus = {
    publish: async (messages) => {
      queue.push(...messages.map((json) => ({ topic: topicOf(json.step), json })))
    },
    publishHeartbeat: async (heartbeat) => {
      inbox.push(heartbeat)
      if (heartbeat.body.first) queue.push({ topic: topicOf('runtime'), json: { heartbeat } })
    },
  }
  return { bus, queue, inbox }
}

/** Documents in memory, whose time is the cloud's. */
export function memoryDocuments(clock: Clock) {
  const world = new World()
  world.effect = async (_worker, _label, run) => {
    world.nowMs = clock.nowMs()
    return run()
  }
  world.nowMs = clock.nowMs()
  const worker = { id: 0, what: 'life', skewMs: 0, redeliver: undefined, dead: false, done: false }
  return { store: world.store, documents: world.store.documents(worker) }
}

type Shared = Pick<Ports, 'documents' | 'log'> & {
  readonly bus: Bus
  readonly inbox: Heartbeat[]
  readonly log: Log
  /** Told of what the backend rejects with. */
  readonly refused?: ((error: unknown) => void) | undefined
}

/** The real adapters, for each function as its own account. */
export function portsByFunction(server: CloudServer, clock: Clock, shared: Shared): (functionName: string) => Ports {
  const made = new Map<string, Ports>()
  let ids = 0
  const make = (functionName: string): Ports => {
    const google = aGoogle(server, clock, functionAccount(functionName, CONTROL))
    const backend = vmBackend(google, {
      image: 'projects/debian-cloud/global/images/family/debian-12',
      sources: [],
      heartbeatUrl: HEARTBEAT_URL,
      controlProject: CONTROL,
      separation: separationOf,
      startupScript,
    })
    const heard = shared.refused === undefined ? backend : overheard(backend, shared.refused)
    const account = functionAccount('delays', CONTROL)
    return {
      documents: shared.documents,
      log: shared.log,
      bus: shared.bus,
      inbox: {
        drain: async (limit) => ({
          heartbeats: shared.inbox.splice(0, limit),
          acknowledge: async () => undefined,
        }),
      },
      delays: cloudTasks(google, { project: CONTROL, location: LOCATION, queue: QUEUE, account }),
      clock,
      ids: { next: () => `op${++ids}` },
      backends: ['vm'],
      backend: () => heard,
    }
  }
  return (functionName) => {
    const ports = made.get(functionName) ?? make(functionName)
    made.set(functionName, ports)
    return ports
  }
}
