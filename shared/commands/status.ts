import type { Lease } from '../documents/heartbeat.ts'
import type { PlaneView } from '../ports/documents.ts'
import type { AgentAddress } from '../ports/people.ts'
import { agentCommand, notAllowed, planeCommand, roleIn } from './command.ts'
import type { Command, Context } from './command.ts'
import { costView } from './cost-view.ts'
import { found, getPlane as viewPlane } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { agentView, planeView } from './views.ts'

/** Every plane that the caller may look at. */
export const listPlanes: Command<'listPlanes'> = async (_, context) => {
  const { documents, specs, clock } = context.ports
  const all = await specs.listPlanes()
  const roles = await Promise.all(all.map(({ ref }) => roleIn(context, ref.plane)))
  if (context.caller.role === 'none') throw notAllowed(['admin', 'viewer'], context)
  const open = all.filter((_, index) => roles[index] !== 'none')
  const views = await Promise.all(open.map(({ ref }) => documents.viewPlane(ref)))
  return { planes: views.map((view) => planeView(view, clock.nowMs())) }
}

/** One plane and its agents, by name. */
export const getPlane = planeCommand<'getPlane'>(['admin', 'viewer'], async ({ plane, purged }, context) => {
  const { ports } = context
  const view = await viewPlane(context, plane)
  const [agents, leases] = await Promise.all([allAgents(context, view, purged), ports.documents.readLeases(plane)])
  const machines = agents.filter(({ phase }) => phase !== 'Removed' && phase !== 'Purged').length
  return {
    plane: planeView(view, ports.clock.nowMs()),
    agents: await Promise.all(
      agents.map((agent) => see(agent, { lease: leases.get(agent.uid), machinesOf: () => machines }, context)),
    ),
  }
})

/** One agent. */
export const showAgent = agentCommand<'getAgent'>(['admin', 'viewer', 'owner'], async ({ plane }, context) => {
  const { agent, ports } = context
  const ref = { kind: 'agent', plane, planeUid: agent.plane.ref.uid, name: agent.name, uid: agent.uid } as const
  const lease = await ports.documents.readLease(ref)
  return { agent: await see(agent, { lease, machinesOf: () => ports.specs.countAgents(plane) }, context) }
})

async function allAgents({ ports: { specs } }: Context, view: PlaneView, purged: boolean): Promise<FoundAgent[]> {
  const { plane } = view.ref
  // Statuses first, so that an agent that is removed meanwhile is not taken for one that has no status yet.
  const listed = await specs.listAgentStatuses(plane, { includePurged: purged })
  const documents = new Map((await specs.listAgents(plane)).map((document) => [document.uid, document]))
  const known = listed.map(({ status }) => found(view, documents.get(status.uid), status))
  const seen = new Set(known.map(({ uid }) => uid))
  const fresh = [...documents.values()].filter(({ uid }) => !seen.has(uid)).map((spec) => found(view, spec, undefined))
  return [...known, ...fresh].toSorted((a, b) => a.name.localeCompare(b.name) || a.uid.localeCompare(b.uid))
}

/** What is known of an agent besides its documents: its last heartbeat, and how many machines share the way out. */
type Beside = { readonly lease: Lease | undefined; readonly machinesOf: () => number | Promise<number> }

async function see(agent: FoundAgent, { lease, machinesOf }: Beside, { ports }: Context) {
  const address = agent.place && agent.status?.target === 'present' ? await ports.access.show(agent.place) : undefined
  return agentView(agent, {
    nowMs: ports.clock.nowMs(),
    lease,
    gatewayUrl: address && gatewayUrl(address),
    cost: await costView(agent, ports.prices, machinesOf),
  })
}

/** The gateway's address without what signs in; none where it is reached through a tunnel of its owner's. */
function gatewayUrl({ url, commands }: AgentAddress): string | undefined {
  const { origin, pathname } = new URL(url)
  return commands === undefined ? origin + pathname : undefined
}
