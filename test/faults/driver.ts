import type { Parked, World } from '../fakes/world.ts'
import { breathe } from './breathe.ts'

/** What becomes of an effect: it happens, its worker dies before or after it, its answer is lost, or it is held back. */
export type Fate = 'happens' | 'crashBefore' | 'crashAfter' | 'held'

/**
 * Drives a world in the calmest order there is: oldest effect first, then the oldest message, then the next timer.
 * `fateOf` may break one of the effects, `check` is asked after every event.
 */
export class Driver {
  readonly world: World
  readonly fateOf: (parked: Parked, index: number) => Fate
  readonly check: () => void
  readonly held: Parked[] = []
  events = 0
  private effects = 0

  constructor(world: World, check: () => void, fateOf: Driver['fateOf'] = () => 'happens') {
    this.world = world
    this.check = check
    this.fateOf = fateOf
  }

  /** Runs until nothing is left to do before `untilMs`. */
  async drain(untilMs: number): Promise<void> {
    for (;;) {
      await breathe()
      this.check()
      if (!this.step(untilMs)) return
    }
  }

  /** Runs for so long in the world's time. */
  async forMs(durationMs: number): Promise<void> {
    const untilMs = this.world.nowMs + durationMs
    await this.drain(untilMs)
    this.world.nowMs = Math.max(this.world.nowMs, untilMs)
  }

  /** One sweep, and all that follows from it. */
  async sweep(): Promise<void> {
    this.world.sweep()
    await this.forMs(60_000)
  }

  /** Sweeps until one writes nothing; how many it took. */
  async settle(most = 40): Promise<number> {
    for (let sweeps = 1; sweeps <= most; sweeps++) {
      const before = this.world.store.statusWrites
      await this.sweep()
      if (this.world.store.statusWrites === before) return sweeps
    }
    throw new Error(`still writing after ${most} sweeps`)
  }

  /** Lets the effects happen that were held back. */
  async release(): Promise<void> {
    for (const parked of this.held.splice(0)) {
      if (!parked.worker.dead) parked.happen('answered')
      await breathe()
      this.check()
    }
  }

  private step(untilMs: number): boolean {
    const { world } = this
    const parked = world.parked.shift()
    if (parked !== undefined) this.meet(parked)
    else if (world.queue.length > 0) this.deliver()
    else return this.wait(untilMs)
    this.events += 1
    return true
  }

  private deliver(): void {
    const delivery = this.world.queue.shift()
    if (delivery !== undefined) this.world.deliver(delivery)
  }

  private wait(untilMs: number): boolean {
    const timer = this.world.nextTimer()
    if (timer === undefined || timer.atMs > untilMs) return false
    this.world.fire(timer)
    return true
  }

  private meet(parked: Parked): void {
    const fate = this.fateOf(parked, this.effects++)
    if (fate === 'held') return void this.held.push(parked)
    if (fate === 'crashBefore') return this.world.crash(parked.worker)
    if (fate === 'crashAfter') parked.happen('silent')
    else parked.happen('answered')
    if (fate === 'crashAfter') this.world.crash(parked.worker)
  }
}
