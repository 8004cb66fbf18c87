import type { Heartbeat } from '../../shared/documents/heartbeat.ts'
import type { StepMessage } from '../../shared/documents/message.ts'
import type { Ref } from '../../shared/documents/ref.ts'
import { reconcile } from '../../shared/engine/reconcile.ts'
import { sweep } from '../../shared/engine/sweep.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import { FakeCloud } from './cloud.ts'
import type { CloudHost } from './cloud.ts'
import { FakeStore } from './store.ts'
import { portsOf } from './ports.ts'
import type { WorkerPorts } from './ports.ts'

/** How an effect meets the world: done and answered, done without an answer, done and answered with an error, not done. */
export type Meeting = 'answered' | 'silent' | 'answerLost' | 'refused'

/** One effect on its way: a port call that has not happened yet. */
export type Parked = { readonly worker: Worker; readonly label: string; readonly happen: (meeting: Meeting) => void }

/** One run of a function. A dead worker's effects never happen; its message comes again. */
export type Worker = {
  readonly id: number
  readonly what: string
  readonly skewMs: number
  readonly redeliver: (() => void) | undefined
  dead: boolean
  done: boolean
}

type Timer = { readonly atMs: number; readonly key: string; readonly fire: () => void }

/** A message on its way to a step. */
export type Delivery = { readonly message: StepMessage; readonly heartbeat?: Heartbeat | undefined }

const START_MS = Date.UTC(2026, 0, 1)

/**
 * The world in memory, with every interleaving in the hands of whoever drives it: effects are parked until they are let
 * happen, messages wait in a queue, and time moves only when told to.
 */
export class World implements CloudHost {
  nowMs = START_MS
  readonly store: FakeStore
  readonly cloud: FakeCloud
  parked: Parked[] = []
  queue: Delivery[] = []
  inbox: Heartbeat[] = []
  readonly timers = new Map<string, Timer>()
  readonly workers = new Set<Worker>()
  readonly errors: unknown[] = []
  published = 0
  effects = 0
  /** Uids whose documents or resources the last event touched. */
  readonly touched = new Set<string>()
  /** Recorded only when somebody will read it. */
  trace: string[] | undefined
  private workerCount = 0
  private idCount = 0

  constructor() {
    this.store = new FakeStore(this)
    this.cloud = new FakeCloud(this)
  }

  nextId(): string {
    this.idCount += 1
    return `op${this.idCount}`
  }

  note(text: string): void {
    this.trace?.push(`${this.nowMs - START_MS} ${text}`)
  }

  /** The only door through which a worker touches anything. */
  effect<T>(worker: Worker, label: string, run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const happen = (meeting: Meeting): void => {
        this.effects += 1
        if (this.trace !== undefined) this.note(`${worker.what}#${worker.id} ${label} ${meeting}`)
        if (meeting === 'refused') return reject(new ProviderError('Unavailable', `${label} did not answer`))
        try {
          const value = run()
          if (meeting === 'answered') resolve(value)
        } catch (error) {
          if (meeting === 'answered') reject(error)
        }
        if (meeting === 'answerLost') reject(new ProviderError('Unavailable', `the answer to ${label} was lost`))
      }
      this.parked.push({ worker, label, happen })
    })
  }

  /** Starts a pass, as a function does when its event arrives. */
  deliver(delivery: Delivery, skewMs = 0): void {
    const { message, heartbeat } = delivery
    const again = (): void => this.after(10_000, `redelivery-${this.nextId()}`, () => this.queue.push(delivery))
    this.run(message.step, skewMs, again, (ports) => reconcile(message.ref, ports, { step: message.step, heartbeat }))
  }

  /** A document changed: the function that watches it runs. */
  changed(ref: Ref, skewMs = 0): void {
    const again = (): void => this.after(10_000, `event-${this.nextId()}`, () => this.changed(ref))
    this.run('written', skewMs, again, (ports) => reconcile(ref, ports))
  }

  sweep(skewMs = 0): Worker {
    for (const heartbeat of this.cloud.heartbeats()) this.inbox.push(heartbeat)
    return this.run('sweep', skewMs, undefined, sweep)
  }

  /** The first heartbeat of a boot or of a new generation also wakes `runtime`. */
  report(uid: string, heartbeat: Heartbeat): void {
    const status = this.store.agentStatus(uid)
    if (status === undefined) return
    this.inbox.push(heartbeat)
    const { planeUid, name } = status
    const plane = this.store.planeStatus(planeUid)?.status.name ?? 'acme'
    const message = { ref: { kind: 'agent', plane, planeUid, name, uid }, step: 'runtime' } as const
    this.queue.push({ message, heartbeat })
  }

  private run(
    what: string,
    skewMs: number,
    redeliver: (() => void) | undefined,
    work: (ports: WorkerPorts) => Promise<void>,
  ): Worker {
    this.workerCount += 1
    const worker: Worker = { id: this.workerCount, what, skewMs, redeliver, dead: false, done: false }
    this.workers.add(worker)
    this.note(`${what}#${worker.id} starts`)
    const end = (): void => {
      worker.done = true
      this.workers.delete(worker)
    }
    work(portsOf(this, worker)).then(end, (error: unknown) => {
      end()
      this.note(`${what}#${worker.id} fails: ${String(error)}`)
      this.errors.push(error)
      redeliver?.()
    })
    return worker
  }

  /** The function's instance dies: nothing it meant to do happens any more. */
  crash(worker: Worker): void {
    worker.dead = true
    this.workers.delete(worker)
    this.parked = this.parked.filter((parked) => parked.worker !== worker)
    this.note(`${worker.what}#${worker.id} crashes`)
    worker.redeliver?.()
  }

  after(delayMs: number, key: string, fire: () => void): void {
    this.at(this.nowMs + delayMs, key, fire)
  }

  at(atMs: number, key: string, fire: () => void): void {
    if (!this.timers.has(key)) this.timers.set(key, { atMs, key, fire })
  }

  /** The next timer, by time and then by age. */
  nextTimer(): Timer | undefined {
    let soonest: Timer | undefined
    for (const timer of this.timers.values()) if (soonest === undefined || timer.atMs < soonest.atMs) soonest = timer
    return soonest
  }

  /** Moves time to the next timer and fires it. */
  fire(timer: Timer): void {
    this.timers.delete(timer.key)
    this.nowMs = Math.max(this.nowMs, timer.atMs)
    timer.fire()
  }
}
