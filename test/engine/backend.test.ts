import type { Place } from '../../shared/documents/names.ts'
import { cloudBackend } from '../fakes/backend.ts'
import { FakeCloud } from '../fakes/cloud.ts'
import type { CloudHost } from '../fakes/cloud.ts'
import { backendContract } from '../contract/backend.ts'

const PLACE: Place = {
  project: 'acme-project',
  region: 'us-east4',
  zone: 'us-east4-a',
  planeUid: 'planeuid22',
  uid: 'agentuid22',
}

/** A host whose effects happen at once and whose timers fire when time is let go on. */
function calmHost(): CloudHost & { goOn(): void } {
  const timers: { readonly atMs: number; readonly fire: () => void }[] = []
  const host = {
    nowMs: 1_000_000,
    touched: new Set<string>(),
    effect: async <T>(_: unknown, __: string, run: () => T): Promise<T> => run(),
    after: (delayMs: number, _: string, fire: () => void): void =>
      void timers.push({ atMs: host.nowMs + delayMs, fire }),
    report: (): void => {},
    goOn: (): void => {
      host.nowMs += 1_000
      for (const timer of timers.filter(({ atMs }) => atMs <= host.nowMs)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.fire()
      }
    },
  }
  return host
}

backendContract(async () => {
  const host = calmHost()
  const worker = { id: 1, what: 'test', skewMs: 0, redeliver: undefined, dead: false, done: false }
  const backend = cloudBackend(new FakeCloud(host), worker, { nowMs: () => host.nowMs })
  return {
    backend,
    place: PLACE,
    intent: { op: 'op1', untilMs: Number.MAX_SAFE_INTEGER },
    expired: { op: 'op0', untilMs: 0 },
    until: async (check) => {
      for (let seconds = 0; seconds < 60; seconds++) {
        if (await check()) return
        host.goOn()
      }
      throw new Error('it never was so')
    },
    close: async () => {},
  }
})
