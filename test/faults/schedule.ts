import { seeded } from '../fakes/random.ts'
import type { Random } from '../fakes/random.ts'
import type { Parked } from '../fakes/world.ts'
import { breathe } from './breathe.ts'
import { outsideChange, roomChange } from './drift.ts'
import { edit, mend } from './edits.ts'
import { checkEnd, Violation } from './invariants.ts'
import { thingsOf } from './picture.ts'
import { stage } from './stage.ts'
import type { Stage } from './stage.ts'
import { swarmOf } from './swarm.ts'
import type { Swarm } from './swarm.ts'

/** What one schedule came to. */
export type Result = {
  readonly seed: number
  readonly events: number
  readonly violation?: string
  readonly trace?: readonly string[]
}

const NAMES = ['ada', 'bob']

/**
 * One random life, wholly determined by its seed: trouble first, then peace, then everything must be as the specs say and
 * stay so. With `traced`, what happened is recorded.
 */
export async function runSchedule(seed: number, traced = false): Promise<Result> {
  const random = seeded(seed)
  const swarm = swarmOf(random)
  const set = stage()
  set.world.cloud.zones = random.pick([[], ['us-east4-a', 'us-east4-b', 'us-east4-c']])
  if (traced) set.world.trace = []
  const chaos = new Chaos(set, swarm, random)
  try {
    await chaos.run()
    await peace(set, seed)
    return { seed, events: chaos.events + set.driver.events, ...recorded(set) }
  } catch (error) {
    const violation = error instanceof Violation ? error.message : String(error)
    return { seed, events: chaos.events, violation, ...recorded(set) }
  }
}

const recorded = ({ world: { trace } }: Stage): Pick<Result, 'trace'> => (trace === undefined ? {} : { trace })

/** Trouble: whatever can happen next may happen next. */
class Chaos {
  events = 0
  private readonly set: Stage
  private readonly swarm: Swarm
  private readonly random: Random
  private readonly held: Parked[] = []

  constructor(set: Stage, swarm: Swarm, random: Random) {
    this.set = set
    this.swarm = swarm
    this.random = random
  }

  async run(): Promise<void> {
    const { set, swarm } = this
    set.putPlane()
    // Half of the lives begin with a plane that stands.
    if (this.random.next() < 0.5) await set.driver.forMs(5_000)
    for (const name of NAMES.slice(0, swarm.agents)) set.put(name)
    for (; this.events < swarm.events; this.events++) {
      this.next()
      await breathe()
      set.invariants.check()
    }
    for (const parked of this.held) set.world.parked.push(parked)
  }

  private next(): void {
    const { set, swarm, random } = this
    const { world } = set
    if (random.next() < swarm.edit) return edit(set, NAMES.slice(0, swarm.agents), random)
    if (random.next() < swarm.sweep) return void world.sweep(this.skew())
    if (random.next() < swarm.drift) return outsideChange(set, random)
    if (random.next() < swarm.room) return roomChange(set, random)
    if (this.held.length > 0 && random.next() < 0.03)
      return void world.parked.push(...this.held.splice(random.below(this.held.length), 1))
    if (random.next() < swarm.timeMoves) return this.time()
    const choices = world.parked.length + world.queue.length
    if (choices === 0) return this.time()
    const choice = random.below(choices)
    return choice < world.parked.length ? this.meet(choice) : this.deliver(choice - world.parked.length)
  }

  private meet(index: number): void {
    const { set, swarm, random } = this
    const [parked] = set.world.parked.splice(index, 1)
    if (parked === undefined) return
    if (random.next() < swarm.hold) return void this.held.push(parked)
    if (random.next() < swarm.crash) {
      if (random.next() < 0.5) parked.happen('silent')
      return this.crash(parked)
    }
    if (random.next() < swarm.answerLost) return parked.happen('answerLost')
    parked.happen(random.next() < swarm.refused ? 'refused' : 'answered')
  }

  private crash({ worker }: Parked): void {
    this.set.world.crash(worker)
    const left = this.held.filter((parked) => parked.worker !== worker)
    this.held.splice(0, this.held.length, ...left)
  }

  private deliver(index: number): void {
    const { set, swarm, random } = this
    const [delivery] = set.world.queue.splice(index, 1)
    if (delivery === undefined || random.next() < swarm.loseMessage) return
    if (random.next() < swarm.duplicate) set.world.queue.push(delivery)
    set.world.deliver(delivery, this.skew())
  }

  private time(): void {
    const timer = this.set.world.nextTimer()
    if (timer !== undefined) return this.set.world.fire(timer)
    this.set.world.nowMs += this.random.below(60_000)
  }

  private skew(): number {
    return this.random.below(2 * this.swarm.skewMs + 1) - this.swarm.skewMs
  }
}

/** Peace: nothing fails any more. All must come right, and then be quiet. */
async function peace(set: Stage, seed: number): Promise<void> {
  const { driver, world, invariants } = set
  world.cloud.full.clear()
  await driver.forMs(10 * 60_000)
  mend(set)
  await driver.forMs(60_000)
  await driver.sweep()
  await driver.sweep()
  invariants.outside.clear()
  await driver.settle()
  checkEnd(world)
  const quiet = seed % 20 === 0 ? 10 : 1
  const writes = world.store.statusWrites
  for (let i = 0; i < quiet; i++) await driver.sweep()
  if (world.store.statusWrites !== writes) throw new Violation('a settled world is written to')
  if (seed % 10 === 0) await builtFresh(set)
}

/** The way does not matter: what the last specs describe, built from nothing, is what stands. */
async function builtFresh({ world }: Stage): Promise<void> {
  const fresh = stage()
  fresh.world.cloud.zones = world.cloud.zones
  for (const [name, spec] of world.store.planes) fresh.world.store.planes.set(name, spec)
  for (const [path, spec] of world.store.agents) fresh.world.store.agents.set(path, spec)
  await fresh.driver.sweep()
  await fresh.driver.settle()
  const alive = new Set([...world.store.agents.values()].map(({ uid }) => uid))
  const refused = [...world.store.agents.values()].some(
    ({ uid, parsed }) => !parsed.ok || world.store.agentStatus(uid)?.conditions['SpecRejected'] !== undefined,
  )
  // An edit that was refused leaves what stood before it: there is nothing to compare that with.
  if (!refused && thingsOf(fresh.world, alive) !== thingsOf(world, alive))
    throw new Violation(`edited and fresh differ:\n${thingsOf(world, alive)}\n${thingsOf(fresh.world, alive)}`)
}
