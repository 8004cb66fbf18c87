import type { CostView } from '../api/views.ts'
import { secretsOf } from '../documents/secrets.ts'
import { effective } from '../documents/subject.ts'
import { costOf } from '../lifecycle/cost.ts'
import type { Costly } from '../lifecycle/cost.ts'
import { costSoFar } from '../lifecycle/cost-so-far.ts'
import type { Prices } from '../ports/prices.ts'
import type { FoundAgent } from './find-agent.ts'

/**
 * What an agent is estimated to cost as it stands or, before it does, as it will. Undefined where nobody sends a bill.
 * @param machinesOf how many machines of its plane share the way out; asked only where there is a bill
 * @param nowMs until when it is added up what it has come to this month; left out for one that is not there yet
 */
export async function costView(
  agent: FoundAgent,
  prices: Prices,
  machinesOf: () => number | Promise<number>,
  nowMs?: number,
): Promise<CostView | undefined> {
  const { plane, spec, status, phase } = agent
  const planeSpec = plane.spec?.parsed.ok === true ? plane.spec.parsed.spec : plane.status?.status.accepted
  const accepted = status?.accepted ?? (spec?.parsed.ok === true ? spec.parsed.spec : undefined)
  const backend = status?.pinned?.backend ?? accepted?.backend ?? planeSpec?.backend
  const region = status?.pinned?.region ?? planeSpec?.region
  const list = backend && prices(backend)
  if (list === undefined || accepted === undefined || region === undefined || phase === 'Purged') return undefined
  const { machineType } = effective(accepted, planeSpec)
  const counted = status?.resources['secrets']?.['count']
  const made = typeof counted === 'number' ? counted : secretsOf(accepted).length
  const costly = { region, machineType, state: stateOf(agent), secrets: made, machines: await machinesOf() }
  const soFar = nowMs === undefined ? undefined : costSoFar(list, costly, timesOf(agent, nowMs))
  return { ...costOf(list, costly), ...(soFar && { soFar }) }
}

/** Its machine stands still, or is gone, since the step that saw to that was over. */
function timesOf({ spec, status }: FoundAgent, nowMs: number) {
  const createdAt = spec?.createdAt ?? status?.createdAt
  const createdAtMs = createdAt === undefined ? nowMs : Date.parse(createdAt)
  const machine = status?.steps['machine']
  const isOver = machine?.state === 'ready' || machine?.state === 'gone'
  return { nowMs, createdAtMs, stillSinceMs: status === undefined ? createdAtMs : isOver ? machine.sinceMs : undefined }
}

function stateOf({ phase, status, spec }: FoundAgent): Costly['state'] {
  if (phase === 'Removed') return 'kept'
  const wanted = spec?.parsed.ok === true ? spec.parsed.spec.desiredState : undefined
  return status?.target === 'parked' || (status === undefined && wanted === 'stopped') ? 'stopped' : 'running'
}
