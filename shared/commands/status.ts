import type { Input, Output } from '../api/contract.ts'
import type { PlaneView as PlaneAnswer } from '../api/views.ts'
import type { Lease } from '../documents/heartbeat.ts'
import type { AgentStatus } from '../documents/status.ts'
import type { PlaneView } from '../ports/documents.ts'
import type { AgentAddress } from '../ports/people.ts'
import type { AgentDocument } from '../ports/specs.ts'
import { agentCommand, asRole, unlessRefused } from './command.ts'
import type { Command, Context } from './command.ts'
import { costView } from './cost-view.ts'
import { found, getAgent, getPlane as viewPlane } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { notAllowed, openPlanes, ownIn, strangerIn } from './standing.ts'
import type { Own } from './standing.ts'
import { agentView, planeView } from './views.ts'

/** Every plane that the caller may look at. */
export const listPlanes: Command<'listPlanes'> = async (_, context) => {
  const { documents, clock } = context.ports
  const open = await openPlanes(context)
  if (open.length === 0 && context.caller.role === 'none') throw notAllowed(LOOKING, context)
  const views = open.map(async ({ document: { ref }, isWhole }) => {
    const view = planeView(await documents.viewPlane(ref), clock.nowMs())
    return isWhole ? view : forOwners(view)
  })
  return { planes: await Promise.all(views) }
}

const LOOKING = ['admin', 'viewer', 'owner'] as const

/** One plane and its agents, by name; to somebody without a role in it, their own agents. */
export const getPlane: Command<'getPlane'> = async (input, context) => {
  const { role, found: viewed } = await asRole(context, input.plane, viewPlane(context, input.plane))
  return (role === 'none' ? ownPart : whole)(input, { ...context, viewed })
}

type Part = (
  input: Input<'getPlane'>,
  context: Context & { readonly viewed: () => PlaneView },
) => Promise<Output<'getPlane'>>

const whole: Part = async ({ plane, purged, brief }, context) => {
  const { ports, viewed } = context
  const view = viewed()
  const [lists, leases] = await Promise.all([listBoth(plane, purged, ports.specs), ports.documents.readLeases(plane)])
  const agents = joined(lists, view)
  const machines = agents.filter(({ phase }) => phase !== 'Removed' && phase !== 'Purged').length
  return {
    plane: planeView(view, ports.clock.nowMs()),
    agents: await Promise.all(
      agents.map((agent) => see(agent, { lease: leases.get(agent.uid), machinesOf: () => machines, brief }, context)),
    ),
  }
}

const ownPart: Part = async ({ plane, purged, brief }, context) => {
  const own = await ownIn(context, plane)
  if (own.length === 0) throw await strangerIn(plane, LOOKING, context)
  const view = context.viewed()
  const shown = own.filter(({ status }) => purged || status?.phase !== 'Purged')
  const agents = (await ownAgents(shown, view, context)).map((agent) => seeOne(agent, context, brief))
  return { plane: forOwners(planeView(view, context.ports.clock.nowMs())), agents: await Promise.all(agents) }
}

/**
 * The caller's own agents. Where a list had only one document of an agent, the other may say something else: it is read
 * by uid, since the name may be somebody else's by now, and a refusal would name all agents there are.
 */
async function ownAgents(own: readonly Own[], view: PlaneView, context: Context): Promise<readonly FoundAgent[]> {
  const agents = own.map(async ({ name, uid, spec, status }) =>
    spec && status ? found(view, spec, status) : getAgent(context, view.ref.plane, name, uid).catch(unlessRefused),
  )
  const there = (await Promise.all(agents)).filter((agent) => agent !== undefined)
  return inOrder(there.filter(({ owner }) => owner !== undefined && context.caller.owns(owner)))
}

const inOrder = (agents: readonly FoundAgent[]): FoundAgent[] =>
  agents.toSorted((a, b) => a.name.localeCompare(b.name) || a.uid.localeCompare(b.uid))

/** What owners need not know of a plane stays with its admins: what all share, and what is wrong with it. */
function forOwners(plane: PlaneAnswer): PlaneAnswer {
  const { agentsThatFit: _, ...rest } = plane
  return { ...rest, steps: [], conditions: [], resources: [], actions: [] }
}

/** One agent. */
export const showAgent = agentCommand<'getAgent'>(LOOKING, async (_, context) => ({
  agent: await seeOne(context.agent, context),
}))

async function seeOne(agent: FoundAgent, context: Context, brief = false) {
  const { documents, specs } = context.ports
  const { plane, uid: planeUid } = agent.plane.ref
  const lease = await documents.readLease({ kind: 'agent', plane, planeUid, name: agent.name, uid: agent.uid })
  return see(agent, { lease, machinesOf: () => specs.countAgents(plane), brief }, context)
}

type Lists = { readonly statuses: readonly AgentStatus[]; readonly documents: readonly AgentDocument[] }

/**
 * Read at once, the two lists may be of two moments, with somebody added or removed between them: then specs are read
 * again, after the statuses. So nobody who was removed meanwhile is taken for one that has no status yet.
 */
async function listBoth(plane: string, includePurged: boolean, specs: Context['ports']['specs']): Promise<Lists> {
  const [listed, documents] = await Promise.all([
    specs.listAgentStatuses(plane, { includePurged }),
    specs.listAgents(plane),
  ])
  const statuses = listed.map(({ status }) => status)
  return { statuses, documents: agree(statuses, documents) ? documents : await specs.listAgents(plane) }
}

function agree(statuses: Lists['statuses'], documents: Lists['documents']): boolean {
  const [observed, wanted] = [statuses, documents].map((list) => new Set(list.map(({ uid }) => uid)))
  return (
    documents.every(({ uid }) => observed?.has(uid)) &&
    statuses.every(({ uid, target }) => target === 'absent' || wanted?.has(uid))
  )
}

function joined({ statuses, documents }: Lists, view: PlaneView): FoundAgent[] {
  const specs = new Map(documents.map((document) => [document.uid, document]))
  const known = statuses.map((status) => found(view, specs.get(status.uid), status))
  for (const { uid } of known) specs.delete(uid)
  return inOrder([...known, ...[...specs.values()].map((spec) => found(view, spec, undefined))])
}

/** What a view is made by besides an agent's documents: its last heartbeat, and how many machines share the way out. */
type Beside = {
  readonly lease: Lease | undefined
  readonly machinesOf: () => number | Promise<number>
  readonly brief: boolean
}

async function see(agent: FoundAgent, { lease, machinesOf, brief }: Beside, { ports }: Context) {
  const address = await addressOf(agent, ports)
  return agentView(agent, {
    brief,
    nowMs: ports.clock.nowMs(),
    lease,
    gatewayUrl: address && gatewayUrl(address),
    cost: await costView(agent, ports.prices, machinesOf, ports.clock.nowMs()),
  })
}

/** Where an agent is reached: one of another backend is not, from here. */
async function addressOf({ place, status }: FoundAgent, { access, backends }: Context['ports']) {
  const isHere = status?.target === 'present' && backends.some((backend) => backend === status.pinned?.backend)
  return place && isHere ? access.show(place) : undefined
}

/** The gateway's address without what signs in; none where it is reached through a tunnel of its owner's. */
function gatewayUrl({ url, commands }: AgentAddress): string | undefined {
  const { origin, pathname } = new URL(url)
  return commands === undefined ? origin + pathname : undefined
}
