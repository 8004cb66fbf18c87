import { onTestFinished } from 'vitest'
import type { CloudRequest, CloudResponse } from '../../infra/local/gcp/cloud.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { breaks, isChange } from './fleet-breaks.ts'
import type { Breaks } from './fleet-breaks.ts'
import type { Through } from './life-cloud.ts'
import type { Published } from './life-ports.ts'
import { lifeStage } from './life-stage.ts'
import type { Hooks, LifeStage } from './life-stage.ts'

/** A request with its answer. */
export type Exchange = { readonly request: CloudRequest; readonly response: CloudResponse }

export type Fleet = LifeStage &
  Omit<Breaks, 'meet'> & {
    /** What functions rejected with. */
    readonly failures: readonly unknown[]
    /** Moments in which something of an agent stood twice. */
    readonly doubles: () => readonly string[]
  }

type Settings = {
  readonly changes?: Partial<Options>
  readonly log?: NonNullable<Hooks['log']>
  readonly watch?: (exchange: Exchange) => void
}

/** A stage for many lives at once, whose requests can be broken one by one; to be closed. */
export async function openFleet({ changes = {}, log, watch = () => undefined }: Settings = {}): Promise<Fleet> {
  const { meet, ...told } = breaks()
  const mortal = mortality()
  const doubles = new Set<string>()
  const through: Through = async (request, answer) => {
    const uid = mortal.uid()
    const fate = meet(uid, request)
    if (fate !== undefined && fate !== 'crash') stage.cloud.world.troubles.add({ kind: fate, method: '*' })
    const response = await mortal.sent(() => answer(request), fate === 'crash')
    watch({ request, response })
    if (isChange(request)) for (const twice of doublesIn(stage, uid)) doubles.add(twice)
    return response
  }
  const around: Hooks['around'] = async (message, run) => {
    await mortal.around(message, run)
    // What was to break may not have been of the kind that can.
    stage.cloud.world.troubles.clear()
  }
  const stage = await lifeStage(changes, { through, around, ...(log && { log }) })
  return { ...stage, ...told, failures: mortal.failures, doubles: () => [...doubles] }
}

/** The same, closed with its test. */
export async function aFleet(settings: Settings = {}): Promise<Fleet> {
  const fleet = await openFleet(settings)
  onTestFinished(() => fleet.close())
  return fleet
}

const QUIET_TURNS = 30

/** Runs of functions, one at a time, any of which may die at a request it sends. */
function mortality() {
  const failures: unknown[] = []
  let running: { readonly uid: string; readonly die: () => void } | undefined
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
      running?.die()
      return never()
    },
    around: async (message: Published, run: () => unknown): Promise<void> => {
      const { promise: death, resolve: die } = Promise.withResolvers<void>()
      running = { uid: uidIn(message), die }
      // What a function rejects with comes again in production; here the sweep alone has to make up for it.
      await Promise.race([(async () => run())().catch((error: unknown) => failures.push(error)), death])
      if (isDying) await buried()
      running = undefined
    },
  }
}

/** An answer that nobody waits for any more: whoever asked is dead. */
const never = (): Promise<CloudResponse> => new Promise(() => undefined)

/** Whom a message is about. */
function uidIn({ json }: Published): string {
  const { ref } = json as { readonly ref?: { readonly uid: string } }
  return ref?.uid ?? ''
}

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
