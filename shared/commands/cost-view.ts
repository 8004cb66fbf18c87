import type { CostView } from '../api/views.ts'
import { secretsOf } from '../documents/secrets.ts'
import { effective } from '../documents/subject.ts'
import { costOf } from '../lifecycle/cost.ts'
import type { Costly } from '../lifecycle/cost.ts'
import type { Prices } from '../ports/prices.ts'
import type { FoundAgent } from './find-agent.ts'

/**
 * What an agent is estimated to cost as it stands or, before it does, as it will. Undefined where nobody sends a bill.
 * @param machinesOf how many machines of its plane share the way out; asked only where there is a bill
 */
export async function costView(
  agent: FoundAgent,
  prices: Prices,
  machinesOf: () => number | Promise<number>,
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
  return costOf(list, { region, machineType, state: stateOf(agent), secrets: made, machines: await machinesOf() })
}

function stateOf({ phase, status, spec }: FoundAgent): Costly['state'] {
  if (phase === 'Removed') return 'kept'
  const wanted = spec?.parsed.ok === true ? spec.parsed.spec.desiredState : undefined
  return status?.target === 'parked' || (status === undefined && wanted === 'stopped') ? 'stopped' : 'running'
}
