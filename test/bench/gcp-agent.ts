import { typicalLatencies, typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import type { Status } from '../../shared/documents/status.ts'
import { agentGraph } from '../../shared/lifecycle/graph.ts'
import { isChange, lineOf } from '../gcp/fleet-breaks.ts'
import type { Through } from '../gcp/life-cloud.ts'
import { PROJECT } from '../gcp/life-cloud.ts'
import { median } from './bench.ts'
import type { Bench, Figure } from './bench.ts'
import { gcpStage } from './gcp-stage.ts'
import type { GcpStage } from './gcp-stage.ts'

const WARM_UP = 1
const AGENTS = 5

/** A plane in one region. */
export const GCP_PLANE = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: ['europe-west1-b'] }
/** An agent as most people have one: a secret for its model, one for its channel. */
export const GCP_AGENT = { owner: 'ada@example.com', secrets: ['model-key'], channels: [{ kind: 'telegram' }] }

/** One that may not reach everything, and has more to keep. */
const RESTRICTED = {
  ...GCP_AGENT,
  secrets: ['calendar', 'mail', 'model-key'],
  egress: { mode: 'restricted', domains: ['api.openai.com'] },
}

type Took = ReadonlyMap<string, number>

/** How long each step took, in the cloud's milliseconds, what it waited for included. */
const tookOf = (status: Status | undefined): Took =>
  new Map(agentGraph.map(({ name }) => [name, status?.steps[name]?.tookMs ?? 0]))

/** The longest way through the graph: the sum of its steps' times. */
function criticalPathMs(took: Took): number {
  const ends = new Map<string, number>()
  for (const { name, needs } of agentGraph)
    ends.set(name, (took.get(name) ?? 0) + Math.max(0, ...needs.map((need) => ends.get(need) ?? 0)))
  return Math.max(...ends.values())
}

const chainMs = (took: Took): number => [...took.values()].reduce((sum, ms) => sum + ms, 0)

type Sample = { readonly totalMs: number; readonly pathMs: number; readonly chainMs: number; readonly took: Took }

async function once(stage: GcpStage, name: string, fields: object): Promise<Sample> {
  const { uid } = stage.putAgent('acme', name, { ...fields })
  const totalMs = await stage.until(uid, 'Ready')
  const took = tookOf(stage.store.status(uid))
  return { totalMs, pathMs: criticalPathMs(took), chainMs: chainMs(took), took }
}

type Answered = { readonly line: string; readonly isTaken: boolean }

/** Keeps what functions ask for, save timers: those are messages of our own. */
function counting() {
  const asked: Answered[] = []
  const through: Through = async (request, answer) => {
    const response = await answer(request)
    const isTaken = response !== 'connection lost' && response.status === 200
    if (!request.url.includes('/tasks')) asked.push({ line: lineOf(request), isTaken })
    return response
  }
  return { through, take: () => asked.splice(0) }
}

const changesIn = (asked: readonly Answered[]): readonly Answered[] =>
  asked.filter(({ line }) => isChange({ httpMethod: line.split(' ')[0] ?? '', url: line }))

const linesOf = (asked: readonly Answered[]): readonly string[] =>
  changesIn(asked)
    .filter(({ isTaken }) => isTaken)
    .map(({ line }) => line)

function pollsIn(asked: readonly Answered[]): number {
  const waits = asked.filter(({ line }) => line.endsWith('/wait')).length
  return waits / linesOf(asked).filter((line) => OPERATIONS.test(line)).length
}

/** `2 POST …/secrets`, the most frequent first. */
const listed = (lines: readonly string[]): readonly string[] =>
  [...Map.groupBy(lines, (line) => line)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([line, { length }]) => `${length} × ${line.replaceAll(/\/(?:compute\/)?v\d\/projects\/\*/g, '…')}`)

/** Steps that begin an operation which is waited for. */
const OPERATIONS = /\/compute\/.*(?:\/(?:disks|instances|addRule|removeRule|start|stop|setMetadata|setLabels))$/

/** One agent after the other on a cloud with typical latencies, in a time that runs twenty times faster. */
export const gcpAgent: Bench = {
  name: 'gcp',
  run: async () => {
    const { through, take } = counting()
    const stage = await gcpStage({ latencies: typicalLatencies(1), propagation: typicalPropagation(1) }, { through })
    try {
      await stage.until(stage.putPlane('acme', GCP_PLANE).uid, 'Ready')
      const open = await measure(stage, 'open', GCP_AGENT, take)
      const restricted = await measure(stage, 'restricted', RESTRICTED, take)
      return [
        ...times('agent, 2 secrets', open.samples),
        ...times('agent, 4 secrets, restricted', restricted.samples),
        ...counts(open.asked),
      ]
    } finally {
      await stage.close()
    }
  },
}

type Measured = { readonly samples: readonly Sample[]; readonly asked: readonly (readonly Answered[])[] }

async function measure(
  stage: GcpStage,
  name: string,
  fields: object,
  take: () => readonly Answered[],
): Promise<Measured> {
  for (let n = 0; n < WARM_UP; n++) await once(stage, `${name}-warm-${n}`, fields)
  const samples: Sample[] = []
  const asked: (readonly Answered[])[] = []
  for (let n = 0; n < AGENTS; n++) {
    take()
    samples.push(await once(stage, `${name}-${n}`, fields))
    asked.push(take())
  }
  return { samples, asked }
}

function times(what: string, samples: readonly Sample[]): readonly Figure[] {
  const seconds = (median(samples.map(({ totalMs }) => totalMs)) / 1000).toFixed(1)
  const toPath = median(samples.map(({ totalMs, pathMs }) => totalMs / pathMs))
  const toChain = median(samples.map(({ totalMs, chainMs: chain }) => totalMs / chain))
  return [
    { name: `simulated cloud: ${what}`, figure: `${seconds} s of the cloud's, median of ${AGENTS}` },
    { name: '… its steps', figure: stepsIn(samples) },
    {
      name: '… ÷ critical path (the longest sum of steps along needs)',
      figure: `${toPath.toFixed(2)} ×`,
      target: '≤ 1.10 ×',
      ratio: toPath / 1.1,
    },
    {
      name: '… ÷ one step after the other (the sum of all steps)',
      figure: `${toChain.toFixed(2)} ×`,
      target: '≤ 0.75 ×',
      ratio: toChain / 0.75,
    },
  ]
}

/** `machine 61.2, …`: each step's time in seconds, in the middle. */
const stepsIn = (samples: readonly Sample[]): string =>
  agentGraph
    .map(({ name }) => `${name} ${(median(samples.map(({ took }) => took.get(name) ?? 0)) / 1000).toFixed(1)}`)
    .join(', ')

function counts(asked: readonly (readonly Answered[])[]): readonly Figure[] {
  const most = asked.map(linesOf).toSorted((a, b) => b.length - a.length)[0] ?? []
  const refused = median(asked.map((one) => changesIn(one).filter(({ isTaken }) => !isTaken).length))
  const worst = Math.max(...asked.map(pollsIn))
  return [
    {
      name: 'calls that change something, 2 secrets',
      figure: `${most.length}`,
      target: '≤ 12',
      ratio: most.length / 12,
    },
    ...listed(most).map((line) => ({ name: '', figure: line })),
    { name: '… and tries refused while rights were on their way', figure: `${refused}, median` },
    { name: 'polls for an operation, at most', figure: worst.toFixed(1), target: '≤ 3', ratio: worst / 3 },
  ]
}
