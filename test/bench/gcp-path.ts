import type { Cloud } from '../../infra/local/gcp/cloud.ts'
import { typicalLatencies, typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import type { Options, Propagation } from '../../infra/local/gcp/options.ts'
import type { Status } from '../../shared/documents/status.ts'
import { agentGraph } from '../../shared/lifecycle/graph.ts'
import type { Through } from '../gcp/life-cloud.ts'
import { lifeStage } from '../gcp/life-stage.ts'

/** How long each step takes, in the cloud's milliseconds. */
export type Took = ReadonlyMap<string, number>

/** How long one agent's news was on its way, as the cloud drew it, in milliseconds. */
export type Waits = {
  /** Until its account could be seen. */
  readonly account: number
  /** From then, with the account attachable, until that right was in force. */
  readonly attachable: number
}

/**
 * Each step's own time: what the cloud's calls and operations take, and what its own looks again add to that, in a time
 * that stands still while this computer works, with nothing on its way.
 */
export async function calmSteps(plane: object, fields: object, through?: Through): Promise<Took> {
  const { steps } = await calmLife([plane, fields], {}, through)
  return new Map(agentGraph.map(({ name }) => [name, steps[name]?.tookMs ?? 0]))
}

/** How long it takes until one agent is Ready that is alone, and whose news is on its way as long as ever. */
export async function slowestMs(plane: object, fields: object): Promise<number> {
  const longest = Object.entries(typicalPropagation(1)).map(([what, [, mostMs]]) => [what, [mostMs, mostMs]])
  return (await calmLife([plane, fields], { propagation: Object.fromEntries(longest) as Propagation })).totalMs
}

type Life = { readonly steps: Status['steps']; readonly totalMs: number }

async function calmLife(
  [plane, fields]: readonly [plane: object, fields: object],
  options: Partial<Options>,
  through?: Through,
): Promise<Life> {
  const stage = await lifeStage({ latencies: typicalLatencies(1), ...options }, through && { through })
  try {
    const { uid: planeUid } = await stage.putPlane('acme', { ...plane })
    await stage.until(planeUid, ({ phase }) => phase === 'Ready')
    const sinceMs = stage.clock.nowMs()
    const { uid } = await stage.putAgent('acme', 'calm', { ...fields })
    const { steps } = await stage.until(uid, ({ phase }) => phase === 'Ready')
    return { steps, totalMs: stage.clock.nowMs() - sinceMs }
  } finally {
    await stage.close()
  }
}

/** Remembers when each account's first policy, by which a machine may be given it, came into force. */
export function attachments() {
  const fromMs = new Map<string, number>()
  return {
    /** To be called after every request. */
    look: ({ world: { store } }: Cloud): void => {
      for (const { name, policy } of store.list('accounts', 'projects/'))
        if (policy !== undefined && !fromMs.has(name)) fromMs.set(name, policy.inForce.at(-1)?.fromMs ?? 0)
    },
    /** What an agent that is Ready had to wait for besides its steps. */
    waitsOf: ({ world: { store } }: Cloud, status: Status | undefined): Waits => {
      const account = store.list('accounts', 'projects/').find(({ name }) => name.includes(status?.uid ?? ''))
      const readyMs = status?.steps['identity']?.sinceMs ?? 0
      return {
        account: (account?.readyAtMs ?? 0) - (account?.createdAtMs ?? 0),
        attachable: Math.max(0, (fromMs.get(account?.name ?? '') ?? 0) - readyMs),
      }
    },
  }
}

/** The longest way through the graph, with what is on its way between two of its steps. */
export function criticalPathMs(took: Took, waits: Waits): number {
  const ends = new Map<string, number>()
  for (const { name, needs } of agentGraph)
    ends.set(name, endMs(name, Math.max(0, ...needs.map((need) => ends.get(need) ?? 0)), { took, waits, ends }))
  return Math.max(...ends.values())
}

/** The same steps, each begun when the one before it has ended. */
export function chainMs(took: Took, waits: Waits): number {
  const ends = new Map<string, number>()
  let lastMs = 0
  for (const { name } of agentGraph) {
    lastMs = endMs(name, lastMs, { took, waits, ends })
    ends.set(name, lastMs)
  }
  return lastMs
}

type Known = { readonly took: Took; readonly waits: Waits; readonly ends: ReadonlyMap<string, number> }

/** When a step ends that may begin then: a machine is made once its account is attachable. */
function endMs(name: string, beginMs: number, { took, waits, ends }: Known): number {
  const ownMs = took.get(name) ?? 0
  if (name === 'identity') return beginMs + ownMs + waits.account
  if (name === 'machine') return Math.max(beginMs, (ends.get('identity') ?? 0) + waits.attachable) + ownMs
  return beginMs + ownMs
}
