import { onTestFinished } from 'vitest'
import type { CloudRequest, CloudResponse } from '../../infra/local/gcp/cloud.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { breaks, isChange } from './fleet-breaks.ts'
import type { Breaks } from './fleet-breaks.ts'
import { post, uidIn } from './fleet-post.ts'
import type { Post } from './fleet-post.ts'
import type { Through } from './life-cloud.ts'
import type { Published } from './life-ports.ts'
import { lifeStage } from './life-stage.ts'
import type { Hooks, LifeStage } from './life-stage.ts'

/** A request with its answer. */
export type Exchange = { readonly request: CloudRequest; readonly response: CloudResponse }

export type Fleet = LifeStage &
  Omit<Breaks, 'meet'> &
  Omit<Post, 'meet'> & {
    /** What functions rejected with. */
    readonly failures: readonly unknown[]
    /** Moments in which something of an agent stood twice. */
    readonly doubles: () => readonly string[]
    /** How many requests are held back. */
    readonly held: () => number
    /** Lets what was held back arrive, one after the other, and whoever stood still go on to the end. */
    readonly release: () => Promise<void>
  }

type Settings = {
  readonly changes?: Partial<Options>
  readonly log?: NonNullable<Hooks['log']>
  readonly watch?: (exchange: Exchange) => void
  readonly overhear?: (message: Published) => void
  readonly refused?: NonNullable<Hooks['refused']>
}

/** A stage for many lives at once, whose requests can be broken one by one; to be closed. */
export async function openFleet({ changes = {}, log, watch, overhear, refused }: Settings = {}): Promise<Fleet> {
  const { meet, ...told } = breaks()
  const { meet: meetMessage, ...posted } = post()
  const mortal = mortality()
  const held: Held[] = []
  const doubles = new Set<string>()
  const through: Through = async (request, answer) => {
    const uid = mortal.uid()
    const fate = meet(uid, request)
    const arrive = (): Promise<CloudResponse> => answer(request)
    if (fate === 'late') return lost(held, arrive)
    if (fate === 'stalled') await mortal.stalled(held)
    else if (fate !== undefined && fate !== 'crash') stage.cloud.world.troubles.add({ kind: fate, method: '*' })
    const response = await mortal.sent(arrive, fate === 'crash')
    watch?.({ request, response })
    if (isChange(request)) for (const twice of doublesIn(stage, uid)) doubles.add(twice)
    return response
  }
  const around: Hooks['around'] = async (message, run) => {
    overhear?.(message)
    const fate = meetMessage(message)
    if (fate === 'lost') return
    if (fate === 'late') return void held.push(() => mortal.around(message, run))
    await mortal.around(message, fate === 'doubled' ? () => Promise.all([run(), run()]) : run)
    // What was to break may not have been of the kind that can.
    stage.cloud.world.troubles.clear()
  }
  const stage = await lifeStage(changes, { through, around, ...(log && { log }), ...(refused && { refused }) })
  return {
    ...stage,
    ...told,
    ...posted,
    failures: mortal.failures,
    doubles: () => [...doubles],
    held: () => held.length,
    release: async () => {
      for (const goOn of held.splice(0)) await stage.meanwhile(goOn())
    },
  }
}

/** Lets something go on that is held back. */
type Held = () => Promise<unknown>

/** Tells whoever asks that the connection broke, while the request is still on its way. */
function lost(held: Held[], arrive: Held): CloudResponse {
  held.push(arrive)
  return 'connection lost'
}

/** The same, closed with its test. */
export async function aFleet(settings: Settings = {}): Promise<Fleet> {
  const fleet = await openFleet(settings)
  onTestFinished(() => fleet.close())
  return fleet
}

const QUIET_TURNS = 30

/** A run of a function, on behalf of somebody. */
type Running = { readonly uid: string; readonly leave: () => void; readonly over: Promise<unknown> }

/** Runs of functions, one at a time, any of which may die or stand still at a request it sends. */
function mortality() {
  const failures: unknown[] = []
  let running: Running | undefined
  let inFlight = 0
  let isDying = false

  /** What a dead function had sent is answered; what it would send next is not. */
  const buried = async (): Promise<void> => {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = inFlight === 0 ? quiet + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve))
    isDying = false
  }

  return {
    failures,
    /** Whom the function that runs now is at work for. */
    uid: () => running?.uid ?? '',
    sent: async (answer: () => Promise<CloudResponse>, isLast: boolean): Promise<CloudResponse> => {
      if (isDying) return never()
      inFlight += 1
      const response = await answer().finally(() => {
        inFlight -= 1
      })
      if (!isLast) return response
      isDying = true
      running?.leave()
      return never()
    },
    /** Stands still with the run that asks, while others go on, until it is released. */
    stalled: async (held: Held[]): Promise<void> => {
      const standing = running
      const { promise: released, resolve: goOn } = Promise.withResolvers<void>()
      held.push(async () => {
        running = standing
        goOn()
        await standing?.over
        running = undefined
      })
      standing?.leave()
      await released
    },
    around: async (message: Published, run: () => unknown): Promise<void> => {
      const { promise: left, resolve: leave } = Promise.withResolvers<void>()
      const started = Promise.withResolvers<void>()
      // What a function rejects with comes again in production; here the sweep alone has to make up for it.
      const over = started.promise.then(run).catch((error: unknown) => failures.push(error))
      running = { uid: uidIn(message), leave, over }
      started.resolve()
      await Promise.race([over, left])
      if (isDying) await buried()
      running = undefined
    },
  }
}

/** An answer that nobody waits for any more: whoever asked is dead. */
const never = (): Promise<CloudResponse> => new Promise(() => undefined)

/** Machines and data disks that somebody has more than one of. */
function doublesIn({ cloud: { world } }: LifeStage, uid: string): readonly string[] {
  if (uid === '') return []
  return (['instances', 'disks'] as const).flatMap((collection) => {
    const own = world.store
      .list(collection, 'projects/')
      .filter(({ name }) => name.includes(uid))
      .filter(({ name }) => collection === 'instances' || name.endsWith('-data'))
    return own.length > 1 ? [own.map(({ name }) => name).join(' and ')] : []
  })
}
