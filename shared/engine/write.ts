import type { Ref } from '../documents/ref.ts'
import type { AgentStatus, Phase, PlaneStatus, Status } from '../documents/status.ts'
import type { AgentView, View } from '../documents/view.ts'
import { isAgentView, next } from '../lifecycle/next.ts'
import type { Decision } from '../lifecycle/next.ts'
import type { Ports } from '../ports/ports.ts'
import { desired } from '../steps/steps.ts'
import { changesOf } from './changes.ts'

/** Many workers finishing at once lose the race for one status now and then; more than this often is a bug. */
const MAX_TRIES = 50

const CREATED = 'created'

/** A decision that was written, with the view it stands in now and the phase before it. */
export type Written = { readonly view: View; readonly decision: Decision; readonly phaseBefore: Phase | undefined }

/** Turns a decision into the status to be written: an intent, an outcome, or just what was decided. */
export type Change = (decision: Decision, nowMs: number) => Status

const asDecided: Change = ({ status }) => status

/**
 * Reads, decides, applies `change` and writes what differs. Whoever loses the race reads and decides again; an effect is
 * never repeated here. With `known`, the first try is made from that view: if its status is still the newest, nobody has
 * acted on anything newer. Undefined when there is nothing to decide about.
 */
export async function write(
  ref: Ref,
  ports: Ports,
  change: Change = asDecided,
  known?: View,
): Promise<Written | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const view = tries === 0 && isStored(known) ? known : await read(ref, ports)
    const nowMs = ports.clock.nowMs()
    const before = view && next(view, desired, nowMs)
    if (view === undefined || before === undefined) return undefined
    const status = change(before, nowMs)
    const decision = status === before.status ? before : (next(withStatus(view, status), desired, nowMs) ?? before)
    const version = await store(ref, view, decision.status, ports)
    const phaseBefore = view.status?.status.phase
    if (version !== undefined && !hasJustClosed(view, decision))
      return { view: withStatus(view, decision.status, version), decision, phaseBefore }
  }
  throw new Error(`the status of ${describe(ref)} changed ${MAX_TRIES} times in a row`)
}

/** What was just created has no version yet that a write could be conditioned on. */
const isStored = (view: View | undefined): view is View => view?.status !== undefined && view.status.version !== CREATED

/** A plane that closed in this very write has not been asked yet whether an agent is left. */
const hasJustClosed = (view: View, { status }: Decision): boolean =>
  !isAgentView(view) && status.target === 'absent' && view.agentsLeft === undefined

/** An agent and its name, for a person. */
const describe = (ref: Ref): string => (ref.kind === 'agent' ? `${ref.plane}/${ref.name}` : ref.plane)

async function read(ref: Ref, { documents }: Ports): Promise<View | undefined> {
  if (ref.kind === 'plane') return documents.viewPlane(ref)
  const view = await documents.viewAgent(ref)
  // A message may pair a uid with any name; read under a wrong one, the spec would seem to be gone.
  if (view.status !== undefined && view.status.status.name !== ref.name) return undefined
  // A successor waits until its predecessor of the same name is gone: two machines for one name must never be.
  if (view.status === undefined && (await documents.findPredecessor(ref)) !== undefined) return undefined
  return view
}

async function store(ref: Ref, view: View, status: Status, { documents }: Ports): Promise<string | undefined> {
  if (view.status === undefined) return (await documents.createStatus(ref, status)) ? CREATED : undefined
  const changes = changesOf(view.status.status, status)
  if (Object.keys(changes).length === 0) return view.status.version
  return documents.updateStatus(ref, view.status.version, changes)
}

function withStatus(view: View, status: Status, version = ''): View {
  return isAgentView(view)
    ? ({ ...view, status: { version, status: status as AgentStatus } } satisfies AgentView)
    : { ...view, status: { version, status: status as PlaneStatus } }
}
