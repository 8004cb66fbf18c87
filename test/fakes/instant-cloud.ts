import type { Backend } from '../../shared/ports/backend.ts'
import type { Bus } from '../../shared/ports/bus.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Log } from '../../shared/ports/log.ts'
import { FakeCloud } from './cloud.ts'
import type { CloudHost } from './cloud.ts'
import type { Worker } from './world.ts'

/** What an instant cloud needs of the real parts around it. */
export type InstantOptions = {
  readonly bus: Pick<Bus, 'publishHeartbeat'>
  readonly clock: Clock
  readonly log: Log
}

/** A cloud without latency, and the only backend there is in it. */
export type InstantCloud = { readonly cloud: FakeCloud; readonly backend: Backend }

const NOBODY: Worker = { id: 0, what: 'function', skewMs: 0, redeliver: undefined, dead: false, done: false }

/** The memory cloud in real time: calls are answered at once, machines boot at once and send a real first heartbeat. */
export function instantCloud({ bus, clock, log }: InstantOptions): InstantCloud {
  const host: CloudHost = {
    get nowMs() {
      return clock.nowMs()
    },
    touched: { add: () => undefined },
    effect: async (_worker, _label, run) => run(),
    after: (_delayMs, _key, fire) => fire(),
    report: (uid, heartbeat) => {
      const first = { ...heartbeat, body: { ...heartbeat.body, first: true } }
      bus.publishHeartbeat(first).catch((error: unknown) => log.error('heartbeat.lost', { uid, error }))
    },
  }
  const cloud = new FakeCloud(host)
  return { cloud, backend: cloud.backend(NOBODY, clock) }
}
