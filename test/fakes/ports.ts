import type { StepMessage } from '../../shared/documents/message.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { Worker, World } from './world.ts'

/** The ports of one worker. */
export type WorkerPorts = Ports

const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** What one worker sees of the world; all its effects go through the one door. */
export function portsOf(world: World, worker: Worker): Ports {
  const clock = { nowMs: () => world.nowMs + worker.skewMs }
  return {
    documents: world.store.documents(worker),
    bus: {
      publish: (messages) =>
        world.effect(worker, `publish ${messages.map(({ step }) => step).join(' ')}`, () => push(world, messages)),
      publishHeartbeat: (heartbeat) => world.effect(worker, 'publishHeartbeat', () => void world.inbox.push(heartbeat)),
    },
    inbox: {
      drain: (limit) =>
        world.effect(worker, 'drain', () => {
          const heartbeats = world.inbox.slice(0, limit)
          const acknowledge = () =>
            world.effect(worker, 'acknowledge', () => {
              world.inbox = world.inbox.filter((heartbeat) => !heartbeats.includes(heartbeat))
            })
          return { heartbeats, acknowledge }
        }),
    },
    delays: {
      schedule: (message, atMs, key) =>
        world.effect(worker, `schedule ${message.step}`, () => {
          world.at(Math.max(atMs, world.nowMs), `${message.ref.uid}-${message.step}-${key}`, () =>
            push(world, [message]),
          )
        }),
    },
    clock,
    ids: { next: () => world.nextId() },
    log: { ...silent, error: (_, fields) => void (fields?.error instanceof Error && world.errors.push(fields.error)) },
    backends: ['process'],
    backend: () => world.cloud.backend(worker, clock),
  }
}

function push(world: World, messages: readonly StepMessage[]): void {
  world.published += messages.length
  for (const message of messages) world.queue.push({ message })
}
