import { typicalLatencies, typicalPropagation } from '../../infra/local/gcp/latencies.ts'
import { isChange, lineOf } from '../gcp/fleet-breaks.ts'
import type { Through } from '../gcp/life-cloud.ts'
import { PROJECT } from '../gcp/life-cloud.ts'
import { median } from './bench.ts'
import type { Bench, Figure } from './bench.ts'
import { attachments, calmSteps, chainMs, criticalPathMs } from './gcp-path.ts'
import type { Took, Waits } from './gcp-path.ts'
import { gcpStage } from './gcp-stage.ts'
import type { GcpStage } from './gcp-stage.ts'

const WARM_UP = 1
const AGENTS = 5

/** A plane in one region. */
export const GCP_PLANE = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: ['europe-west1-b'] }
/** An agent as most people have one: a secret for its model, one for its channel. Nobody sets their values here. */
export const GCP_AGENT = {
  owner: 'ada@example.com',
  secrets: ['model-key'],
  channels: [{ kind: 'telegram' }],
}

/** One that may not reach everything, and has more to keep. */
const RESTRICTED = {
  ...GCP_AGENT,
  secrets: ['calendar', 'mail', 'model-key'],
  egress: { mode: 'restricted', domains: ['api.openai.com'] },
}

/** One that has nothing to keep. */
const BARE = { owner: 'ada@example.com' }

type Sample = { readonly totalMs: number; readonly pathMs: number; readonly chainMs: number; readonly waits: Waits }

type Rig = { readonly stage: GcpStage; readonly attached: ReturnType<typeof attachments>; readonly calm: Took }

async function once({ stage, attached, calm }: Rig, name: string, fields: object): Promise<Sample> {
  const { uid } = stage.putAgent('acme', name, { ...fields })
  const totalMs = await stage.until(uid, 'Ready')
  const waits = attached.waitsOf(stage.cloud, stage.store.status(uid))
  return { totalMs, pathMs: criticalPathMs(calm, waits), chainMs: chainMs(calm, waits), waits }
}

type Answered = { readonly line: string; readonly isTaken: boolean; readonly url: string }

/** Keeps what functions ask for, save timers: those are messages of our own. */
function counting() {
  const asked: Answered[] = []
  const through: Through = async (request, answer) => {
    const response = await answer(request)
    const isTaken = response !== 'connection lost' && response.status === 200
    if (!request.url.includes('/tasks')) asked.push({ line: lineOf(request), isTaken, url: request.url })
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

/** How often the operation was asked about that was asked about most. */
function pollsIn(asked: readonly Answered[]): number {
  const polls = asked.flatMap(({ url }) => /\/operations\/([^/?]+)/.exec(url)?.[1] ?? [])
  return Math.max(0, ...[...Map.groupBy(polls, (operation) => operation).values()].map(({ length }) => length))
}

/** `2 POST …/secrets`, the most frequent first. */
const listed = (lines: readonly string[]): readonly string[] =>
  [...Map.groupBy(lines, (line) => line)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([line, { length }]) => `${length} × ${line.replaceAll(/\/(?:compute\/)?v\d\/projects\/\*/g, '…')}`)

/** One agent after the other on a cloud with typical latencies, in a time that runs twenty times faster. */
export const gcpAgent: Bench = {
  name: 'gcp',
  run: async () => {
    const { through: count, take } = counting()
    const attached = attachments()
    const through: Through = async (request, answer) => {
      const response = await count(request, answer)
      attached.look(stage.cloud)
      return response
    }
    const stage = await gcpStage({ latencies: typicalLatencies(1), propagation: typicalPropagation(1) }, { through })
    try {
      await stage.until(stage.putPlane('acme', GCP_PLANE).uid, 'Ready')
      const open = await measure({ stage, attached }, 'open', GCP_AGENT, take)
      const restricted = await measure({ stage, attached }, 'restricted', RESTRICTED, take)
      await stage.until(stage.putAgent('acme', 'bare', BARE).uid, 'Ready')
      const bare = take()
      return [
        ...times('agent, 2 secrets', open),
        ...times('agent, 4 secrets, restricted', restricted),
        changed('no secret', [bare]),
        // Each secret takes two, and rules of its own some: the target is for an agent as most people have one.
        untargeted(changed('4 secrets, restricted', restricted.asked)),
        ...counts(open.asked, restricted.asked),
      ]
    } finally {
      await stage.close()
    }
  },
}

type Measured = {
  readonly calm: Took
  readonly samples: readonly Sample[]
  readonly asked: readonly (readonly Answered[])[]
}

async function measure(
  on: Omit<Rig, 'calm'>,
  name: string,
  fields: object,
  take: () => readonly Answered[],
): Promise<Measured> {
  const calm = await calmSteps(GCP_PLANE, fields)
  const rig = { ...on, calm }
  for (let n = 0; n < WARM_UP; n++) await once(rig, `${name}-warm-${n}`, fields)
  const samples: Sample[] = []
  const asked: (readonly Answered[])[] = []
  for (let n = 0; n < AGENTS; n++) {
    take()
    samples.push(await once(rig, `${name}-${n}`, fields))
    asked.push(take())
  }
  return { calm, samples, asked }
}

function times(what: string, { calm, samples }: Measured): readonly Figure[] {
  const seconds = inSeconds(samples.map(({ totalMs }) => totalMs))
  const toPath = median(samples.map(({ totalMs, pathMs }) => totalMs / pathMs))
  const toChain = median(samples.map(({ totalMs, chainMs: chain }) => totalMs / chain))
  const waits = (['account', 'attachable'] as const).map(
    (name) => `${name} ${inSeconds(samples.map((sample) => sample.waits[name]))}`,
  )
  return [
    { name: `simulated cloud: ${what}`, figure: `${seconds} s of the cloud's, median of ${AGENTS}` },
    { name: '… its steps, when nothing is on its way', figure: stepsIn(calm) },
    { name: '… what is on its way besides', figure: waits.join(', ') },
    {
      name: '… ÷ critical path of those delays',
      figure: `${toPath.toFixed(2)} ×`,
      target: '≤ 1.10 ×',
      ratio: toPath / 1.1,
    },
    {
      name: '… ÷ the same, one step after the other',
      figure: `${toChain.toFixed(2)} ×`,
      target: '≤ 0.75 ×',
      ratio: toChain / 0.75,
    },
  ]
}

const inSeconds = (ms: readonly number[]): string => (median(ms) / 1000).toFixed(1)

/** `machine 11.2, …`: each step's time in seconds. */
const stepsIn = (took: Took): string => [...took].map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)}`).join(', ')

type Lives = readonly (readonly Answered[])[]

/** The lines of whichever life changed most. */
const mostOf = (asked: Lives): readonly string[] => asked.map(linesOf).toSorted((a, b) => b.length - a.length)[0] ?? []

const changed = (what: string, asked: Lives): Figure => {
  const { length } = mostOf(asked)
  return { name: `calls that change something, ${what}`, figure: `${length}`, target: '≤ 12', ratio: length / 12 }
}

const untargeted = ({ name, figure }: Figure): Figure => ({ name, figure })

function counts(asked: Lives, alsoAsked: Lives): readonly Figure[] {
  const refused = median(asked.map((one) => changesIn(one).filter(({ isTaken }) => !isTaken).length))
  const worst = Math.max(...[...asked, ...alsoAsked].map(pollsIn))
  return [
    changed('2 secrets', asked),
    ...listed(mostOf(asked)).map((line) => ({ name: '', figure: line })),
    { name: '… and tries refused while rights were on their way', figure: `${refused}, median` },
    { name: 'polls for an operation, at most', figure: `${worst}`, target: '≤ 3', ratio: worst / 3 },
  ]
}
