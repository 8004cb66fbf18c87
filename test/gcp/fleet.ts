import { onTestFinished } from 'vitest'
import type { CloudRequest, CloudResponse } from '../../infra/local/gcp/cloud.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import type { TroubleKind } from '../../infra/local/gcp/troubles.ts'
import type { Through } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { Hooks, LifeStage } from './life-stage.ts'
import type { Published } from './life-ports.ts'

/** What becomes of one request: a trouble of the cloud's, or the function dies right after it. */
export type Fate = TroubleKind | 'crash'

/** A request that a function sent on behalf of somebody: `POST …/disks`, with a star for each name. */
export type Sent = { readonly uid: string; readonly chapter: string; readonly line: string; readonly changes: boolean }

/** Which request of an agent or a plane is broken, how, and how often in a row. */
export type Break = {
  readonly fate: Fate
  /** Counts from nought, in the chapter. */
  readonly matches: (sent: Sent, index: number) => boolean
  readonly times?: number
}

export type Fleet = LifeStage & {
  readonly sent: readonly Sent[]
  /** What functions rejected with. */
  readonly failures: readonly unknown[]
  /** A moment in which something of an agent stood twice. */
  readonly doubles: readonly string[]
  /** Begins a chapter of somebody's life, with what breaks in it. */
  readonly begin: (uid: string, chapter: string, broken?: Break) => void
  /** The requests that were broken. */
  readonly broken: readonly Sent[]
}

type Life = { readonly chapter: string; readonly broken: Break | undefined; index: number; left: number }

/** A stage for many lives at once, whose requests can be broken one by one; closed with its test. */
export async function aFleet(changes: Partial<Options> = {}, log?: Hooks['log']): Promise<Fleet> {
  const lives = new Map<string, Life>()
  const sent: Sent[] = []
  const broken: Sent[] = []
  const failures: unknown[] = []
  const doubles = new Set<string>()
  let running: { readonly uid: string; readonly die: () => void } | undefined
  let inFlight = 0
  let dying = false

  const through: Through = async (request, answer) => {
    if (dying) return never()
    const { uid = '', die = () => undefined } = running ?? {}
    const fate = record(uid, request)
    if (fate !== undefined && fate !== 'crash') stage.cloud.world.troubles.add({ kind: fate, method: '*' })
    inFlight += 1
    const response = await answer(request)
    inFlight -= 1
    for (const twice of doublesIn(stage, uid)) doubles.add(twice)
    if (fate !== 'crash') return response
    dying = true
    die()
    return never()
  }

  /** What a dead function had sent is answered; what it would send next is not. */
  const buried = async (): Promise<void> => {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = inFlight === 0 ? quiet + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve))
    dying = false
  }

  const record = (uid: string, request: CloudRequest): Fate | undefined => {
    const life = lives.get(uid)
    if (life === undefined) return undefined
    const made: Sent = { uid, chapter: life.chapter, line: kindOf(request), changes: isChange(request) }
    sent.push(made)
    const index = made.changes ? life.index++ : life.index
    if (life.left === 0 || life.broken?.matches(made, index) !== true) return undefined
    life.left -= 1
    broken.push(made)
    return life.broken.fate
  }

  const around: Hooks['around'] = async (message, run) => {
    const { promise: death, resolve: die } = Promise.withResolvers<void>()
    running = { uid: uidIn(message), die }
    // What a function rejects with comes again in production; here the sweep alone has to make up for it.
    await Promise.race([(async () => run())().catch((error: unknown) => failures.push(error)), death])
    if (dying) await buried()
    running = undefined
    stage.cloud.world.troubles.clear()
  }

  const stage = await lifeStage(changes, { through, around, ...(log && { log }) })
  onTestFinished(() => stage.close())
  return {
    ...stage,
    sent,
    failures,
    get doubles() {
      return [...doubles]
    },
    begin: (uid, chapter, planned) => {
      lives.set(uid, { chapter, broken: planned, index: 0, left: planned === undefined ? 0 : (planned.times ?? 1) })
    },
    broken,
  }
}

const QUIET_TURNS = 30

/** An answer that nobody waits for any more: whoever asked is dead. */
const never = (): Promise<CloudResponse> => new Promise(() => undefined)

/** Whom a message is about. */
function uidIn({ json }: Published): string {
  const { ref } = json as { readonly ref?: { readonly uid: string } }
  return ref?.uid ?? ''
}

/** Whether a request is one that changes something. */
export const isChange = ({ httpMethod, url }: CloudRequest): boolean =>
  httpMethod !== 'GET' && !/(?::getIamPolicy|:testIamPermissions|:getAncestry|\/wait|entries:list)(?:\?|$)/.test(url)

/** A request without the names in it. */
const kindOf = ({ httpMethod, url }: CloudRequest): string =>
  `${httpMethod} ${url
    .replace(/\?.*$/, '')
    .replaceAll(/\/(projects|zones|regions|locations|queues|tasks|operations|versions)\/[^/:]+/g, '/$1/*')
    .replaceAll(/\/[^/:]*(?:ap-[a-z2-7]{10}|%40)[^/:]*/g, '/*')
    .replaceAll(/\/\d+/g, '/*')}`

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
