import { inventory } from '../../infra/local/gcp/inventory.ts'
import { defaultRates, typicalLatencies, typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import { keepTicking } from '../../infra/local/gcp/machines/keep-ticking.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import { agentGraph } from '../../shared/lifecycle/graph.ts'
import { CONTROL } from '../gcp/life-cloud.ts'
import type { Through } from '../gcp/life-cloud.ts'
import { wholeListing } from '../gcp/listing.ts'
import type { Bench, Figure } from './bench.ts'
import { GCP_AGENT, GCP_PLANE } from './gcp-agent.ts'
import { calmSteps, slowestMs } from './gcp-path.ts'
import { gcpStage } from './gcp-stage.ts'
import type { GcpStage } from './gcp-stage.ts'

const AGENTS = 200
/** In one zone nobody could have anything twice: its names are taken. */
const PLANE = { ...GCP_PLANE, zones: ['europe-west1-b', 'europe-west1-c', 'europe-west1-d'] }
/** Slow enough that this computer is not what it takes long for. */
const TIMES = 4

type Group = keyof typeof LIMITS

/** Calls a minute, of those that so many agents may come close to. */
const LIMITS = {
  'compute write': defaultRates.compute.write,
  'compute read': defaultRates.compute.read,
  'iam write': defaultRates.iam.write,
  'iam read': defaultRates.iam.read,
  'secrets write': defaultRates.secrets.write,
  'secrets read': defaultRates.secrets.read,
} as const

/** Which rate a request counts towards. */
function groupOf(httpMethod: string, url: string): Group | undefined {
  const kind = httpMethod === 'GET' || /getIamPolicy|testIamPermissions|\/wait/.test(url) ? 'read' : 'write'
  if (url.startsWith('/compute/')) return `compute ${kind}`
  if (url.includes('/serviceAccounts')) return `iam ${kind}`
  return url.includes('/secrets') ? `secrets ${kind}` : undefined
}

type Bound = readonly [group: string, minutes: number]

/** The fullest rate, and how many minutes it alone takes for what so many agents ask for when nobody is in their way. */
async function boundOf(agents: number): Promise<Bound> {
  const counts = new Map<Group, number>()
  const through: Through = (request, answer) => {
    const group = groupOf(request.httpMethod, request.url)
    const isOwn = MADE_BY.some((name) => request.authorization?.includes(`:${functionAccount(name, CONTROL)}`))
    if (group !== undefined && isOwn) counts.set(group, (counts.get(group) ?? 0) + 1)
    return answer(request)
  }
  await calmSteps(GCP_PLANE, GCP_AGENT, through)
  return (
    [...counts]
      .map(([group, count]) => [group, (agents * count) / LIMITS[group]] as const)
      .toSorted(([, a], [, b]) => b - a)[0] ?? ['none', 0]
  )
}

/** Functions that make an agent. The sweep's requests depend on how long it takes, not on who is made. */
const MADE_BY: readonly string[] = agentGraph.map(({ name }) => name)

/** Counts requests that were one too many. */
function counting() {
  let slowed = 0
  const through: Through = async (request, answer) => {
    const response = await answer(request)
    if (JSON.stringify(response).includes('RATE_LIMIT_EXCEEDED')) slowed += 1
    return response
  }
  return { through, slowed: () => slowed }
}

const standing = ({ cloud }: GcpStage, uids: readonly string[]): readonly string[] =>
  (inventory(cloud.world)['resources'] as readonly { readonly collection: string; readonly name: string }[])
    .filter(({ collection, name }) => collection !== 'deletedAccounts' && collection !== 'tasks' && has(uids, name))
    .map(({ name }) => name)

const has = (uids: readonly string[], name: string): boolean => uids.some((uid) => name.includes(uid))

/** Two hundred agents at once under the rates a project starts with, and their removal. */
export const gcpFleet: Bench = {
  name: 'gcp-fleet',
  run: async () => {
    const bound = await boundOf(AGENTS)
    const ownMinutes = (await slowestMs(GCP_PLANE, GCP_AGENT)) / 60_000
    const { through, slowed } = counting()
    const options = { latencies: typicalLatencies(1), propagation: typicalPropagation(1), rates: defaultRates }
    const stage = await gcpStage(options, { through, times: TIMES })
    try {
      await stage.until(stage.putPlane('acme', PLANE).uid, 'Ready')
      const before = new Set(wholeListing(inventory(stage.cloud.world)))
      const sinceMs = stage.clock.nowMs()
      const uids = Array.from({ length: AGENTS }, (_, n) => stage.putAgent('acme', `a${n}`, GCP_AGENT).uid)
      const told: Told = { failed: new Set(), waited: new Set(), unread: new Set() }
      const end = keepTicking({ tick: async () => look(stage, uids, told) }, LOOK_EVERY_MS)
      await Promise.all(uids.map((uid) => stage.until(uid, 'Ready')))
      await end()
      const minutes = (stage.clock.nowMs() - sinceMs) / 60_000
      const made = standing(stage, uids)
      const figures = added({ told, uids, made, minutes, bound, ownMinutes, slowed: slowed() })
      return [...figures, ...(await removed(stage, uids, before))]
    } finally {
      await stage.close()
    }
  },
}

const LOOK_EVERY_MS = 100

/** Whom a quota made fail, whom a condition or a step told about one, and whose policies had to wait for a read. */
type Told = Readonly<Record<'failed' | 'waited' | 'unread', Set<string>>>

function look({ store }: GcpStage, uids: readonly string[], told: Told): void {
  for (const uid of uids) {
    const { phase, conditions = {}, steps = {} } = store.status(uid) ?? {}
    if (phase === 'Failed' || /quota|rate/i.test(JSON.stringify(conditions))) told.failed.add(uid)
    if (/"(?:RateLimited|QuotaExceeded)"/.test(JSON.stringify(steps))) told.waited.add(uid)
    if (conditions['AdminSeparation']?.reason === 'NotReadYet') told.unread.add(uid)
  }
}

type Added = {
  readonly told: Told
  readonly uids: readonly string[]
  readonly made: readonly string[]
  readonly minutes: number
  readonly bound: Bound
  /** Until one agent alone is Ready, at the longest. */
  readonly ownMinutes: number
  readonly slowed: number
}

/** What is an agent's own, wherever it stands. */
const ownOf = (made: readonly string[], uid: string): readonly string[] =>
  made.filter((name) => name.includes(uid)).map((name) => name.replace(/\/zones\/[^/]+/, ''))

const hasMachine = (own: readonly string[]): boolean => own.some((name) => name.includes('/instances/'))
const hasTwice = (own: readonly string[]): boolean => new Set(own).size < own.length

function added({ told, uids, made, minutes, bound, ownMinutes, slowed }: Added): readonly Figure[] {
  const [group, boundMinutes] = bound
  const all = uids.map((uid) => ownOf(made, uid))
  const [lost, twice] = [all.filter((own) => !hasMachine(own)).length, all.filter(hasTwice).length]
  const what = `${AGENTS} agents at once under default rates`
  return [
    {
      name: `${what}, without a machine, with anything twice`,
      figure: `${lost}, ${twice}`,
      target: '0, 0',
      missed: lost + twice > 0,
    },
    {
      name: '… failed, or told of a quota by a condition, at any time',
      figure: `${told.failed.size}`,
      target: '0',
      missed: told.failed.size > 0,
    },
    { name: '… a step of which waited for a quota and said so', figure: `${told.waited.size}` },
    { name: '… whose own policies a sweep had no room to read at first', figure: `${told.unread.size}` },
    { name: '… time of the cloud', figure: `${minutes.toFixed(1)} min, ${slowed} calls slowed down` },
    {
      name: `… fullest rate alone (${group})`,
      figure: `${boundMinutes.toFixed(1)} min, ${((100 * boundMinutes) / minutes).toFixed(0)} % of the whole`,
      target: '≥ 90 %',
      ratio: (0.9 * minutes) / boundMinutes,
    },
    { name: '… one that is alone, and whose news takes longest', figure: `${ownMinutes.toFixed(1)} min` },
  ]
}

async function removed(
  stage: GcpStage,
  uids: readonly string[],
  before: ReadonlySet<string>,
): Promise<readonly Figure[]> {
  const sinceMs = stage.clock.nowMs()
  const fields = { ...GCP_AGENT, desiredState: 'removed', purge: true }
  for (let n = 0; n < AGENTS; n++) stage.putAgent('acme', `a${n}`, fields)
  await Promise.all(uids.map((uid) => stage.until(uid, 'Purged')))
  const minutes = (stage.clock.nowMs() - sinceMs) / 60_000
  const left = wholeListing(inventory(stage.cloud.world)).filter((row) => !before.has(row)).length
  return [
    {
      name: `removal of ${AGENTS}, what is left by listing`,
      figure: `${left} after ${minutes.toFixed(1)} min`,
      target: '0',
      missed: left > 0,
    },
  ]
}
