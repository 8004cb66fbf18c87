import type { AgentSpec } from '../documents/agent.ts'
import { agentSubject } from '../documents/subject.ts'
import type { AgentStatus, Phase } from '../documents/status.ts'
import type { Place } from '../documents/names.ts'
import { can, isOpen } from '../lifecycle/can.ts'
import type { Action, PlaneAction, Standing } from '../lifecycle/can.ts'
import type { PlaneView } from '../ports/documents.ts'
import type { AgentDocument } from '../ports/specs.ts'
import { noSuchAgent, noSuchPlane } from './no-such.ts'
import type { CommandPorts } from './ports.ts'
import { Refusal } from './refusal.ts'
import { openNames } from './standing.ts'
import type { Asking } from './standing.ts'

/** One agent as it stands: a spec, a status or both. */
export type FoundAgent = {
  readonly plane: PlaneView
  readonly name: string
  readonly uid: string
  readonly spec?: AgentDocument | undefined
  readonly status?: AgentStatus | undefined
  readonly owner?: string | undefined
  readonly phase: Phase
  /** Where its things are; absent until it has been pinned. */
  readonly place?: Place | undefined
}

type Reading = Asking & { readonly ports: Pick<CommandPorts, 'specs' | 'documents'> }

/** @throws Refusal 404 naming the planes there are */
export async function getPlane(context: Reading, plane: string): Promise<PlaneView> {
  const { specs, documents } = context.ports
  const document = await specs.getPlane(plane)
  if (document !== undefined) return documents.viewPlane(document.ref)
  throw noSuchPlane(plane, await openNames(context))
}

/** Whether a plane takes no more agents, for good. */
export const isClosing = ({ spec, status }: PlaneView): boolean =>
  status?.status.target === 'absent' ||
  (spec?.parsed.ok === true ? spec.parsed.spec.desiredState === 'removed' : spec?.parsed.removed === true)

/**
 * The agent of this name, or with `uid` that very one; a removed agent is found by its tombstone, the newest first.
 * @throws Refusal 404 naming the agents there are
 */
export const getAgent = async (context: Reading, plane: string, name: string, uid?: string): Promise<FoundAgent> =>
  (await currentAgent(context, plane, name, uid)) ?? findPast(context, plane, name, uid)

/** Whom a name means now, in two requests: nearly everything that is asked is about one that is there. */
async function currentAgent({ ports: { documents } }: Reading, plane: string, name: string, uid?: string) {
  const ref = await documents.findAgent(plane, name)
  if (ref === undefined || (uid !== undefined && uid !== ref.uid)) return undefined
  const { plane: view, spec, status } = await documents.viewAgent(ref)
  return view.spec === undefined || spec === undefined ? undefined : found(view, { ...spec, ref }, status?.status)
}

async function findPast(context: Reading, plane: string, name: string, uid?: string): Promise<FoundAgent> {
  const view = await getPlane(context, plane)
  const { specs } = context.ports
  const spec = await specs.getAgent(plane, name)
  const current = uid === undefined ? spec?.uid : uid
  const status = current === undefined ? undefined : (await specs.getAgentStatus({ plane, uid: current }))?.status
  if (spec !== undefined && spec.uid === current) return found(view, spec, status)
  if (status?.name === name) return found(view, undefined, status)
  const tombstone = uid === undefined ? await newestStatus(context, plane, name) : undefined
  if (tombstone !== undefined) return found(view, undefined, tombstone)
  throw noSuchAgent(
    plane,
    name,
    (await specs.listAgents(plane)).map(({ ref }) => ref.name),
    uid,
  )
}

/** An agent from its two documents, of which one may be missing. */
export function found(plane: PlaneView, spec: AgentDocument | undefined, status: AgentStatus | undefined): FoundAgent {
  const place = status && agentSubject(plane.ref.plane, status, undefined)?.place
  return {
    plane,
    name: spec?.ref.name ?? status?.name ?? '',
    uid: spec?.uid ?? status?.uid ?? '',
    spec,
    status,
    owner: status?.owner ?? (spec?.parsed.ok === true ? spec.parsed.spec.owner : undefined),
    phase: status?.phase ?? 'Pending',
    place,
  }
}

/** What is wanted of an agent: what its spec says, or, while that cannot be read, what it said before. */
export function desiredState({ spec, status }: FoundAgent): 'running' | 'stopped' | 'removed' {
  const parsed = spec?.parsed
  if (status?.target === 'absent' || (parsed?.ok === false && parsed.removed)) return 'removed'
  return (parsed?.ok === true ? parsed.spec : status?.accepted)?.desiredState ?? 'running'
}

/** @throws Refusal 409 when the spec cannot be read, so that what it says cannot be built upon */
export function getSpec({ spec, name }: FoundAgent): AgentSpec {
  if (spec?.parsed.ok === true) return spec.parsed.spec
  throw new Refusal(409, { code: 'SpecInvalid', message: `Agent "${name}" has no valid spec; correct that first.` })
}

/** How a plane stands, as far as it decides what may be asked of it. */
export const planeStanding = (view: PlaneView) =>
  ({
    phase: view.status?.status.phase ?? 'Pending',
    desiredState: isClosing(view) ? 'removed' : 'running',
    status: view.status?.status,
  }) as const satisfies Standing

/** The same of an agent. */
export const agentStanding = (agent: FoundAgent): Standing => ({ ...agent, desiredState: desiredState(agent) })

/** @throws Refusal 409 when `action` is not open to the plane, because it is being removed */
export function refuseUnlessOpenIn(action: PlaneAction, view: PlaneView): void {
  if (isOpen(can.plane[action], planeStanding(view))) return
  throw new Refusal(409, {
    code: 'PlaneClosing',
    message: `Plane "${view.ref.plane}" is being removed; it takes no more agents, and no changes.`,
    field: 'plane',
  })
}

/** @throws Refusal 409 when `action` is not open to the agent as it stands, or its spec is gone */
export function refuseUnlessOpen(action: Action, verb: string, agent: FoundAgent): void {
  const { name, phase } = agent
  if (isOpen(can.agent[action], agentStanding(agent))) return
  throw new Refusal(409, {
    code: 'WrongPhase',
    message: `Agent "${name}" is ${phase}: it cannot be ${verb} now.`,
    suggestion: `See where it stands: planes status`,
  })
}

/** @throws Refusal 409 while nothing of the agent has been provisioned */
export function getPlace({ place, name }: FoundAgent): Place {
  if (place !== undefined) return place
  throw new Refusal(409, {
    code: 'NotYet',
    message: `Agent "${name}" has not been provisioned yet.`,
    suggestion: 'Try again in a few seconds.',
  })
}

async function newestStatus({ ports: { specs } }: Reading, plane: string, name: string) {
  const listed = await specs.listAgentStatuses(plane, { includePurged: true })
  return listed
    .map(({ status }) => status)
    .filter((status) => status.name === name)
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
}
