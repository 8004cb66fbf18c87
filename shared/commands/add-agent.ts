import type { Output } from '../api/contract.ts'
import { AgentSpec } from '../documents/agent.ts'
import { agentPath, uidOf } from '../documents/uid.ts'
import type { AgentFields } from '../ports/specs.ts'
import type { PlaneView } from '../ports/documents.ts'
import { planOf } from './change-agent.ts'
import { planeCommand } from './command.ts'
import type { Context } from './command.ts'
import { costView } from './cost-view.ts'
import { refuseBackend } from './create-plane.ts'
import { entryOf, findDone } from './deed.ts'
import { differenceOf, differences, isAlreadyThere } from './differences.ts'
import { found, getAgent, getPlane, refuseUnlessOpenIn } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { agentView } from './views.ts'

/** Adds an agent to a plane. Asked twice with the same fields, it is up to date. */
export const addAgent = planeCommand<'addAgent'>(['admin'], async (input, context) => {
  const { plane, name, dryRun, ...fields } = input
  const { specs, clock } = context.ports
  const view = await getPlane(context, plane)
  const deed = { action: 'add-agent', agent: name, input }
  const isDone = async () => !dryRun && (await findDone(plane, deed, context)) !== undefined
  const wasDone = await isDone()
  if (!wasDone) refusePlane(view, fields, context)
  const isNew = !wasDone && (await specs.getAgent(plane, name)) === undefined
  if (isNew) await refusePredecessor(view, name, context)
  if (isNew && dryRun) return imagined(view, name, fields, context)
  const created =
    isNew && (await create(context, plane, name, fields, await entryOf({ ...deed, after: fields }, context)))
  const agent = await getAgent(context, plane, name)
  // Somebody may have done the same in between.
  const upToDate = !created && !wasDone && !(await isDone())
  if (upToDate) refuseOther(agent, fields)
  const plan = { before: {}, after: {}, steps: [] }
  return { agent: agentView(agent, { nowMs: clock.nowMs() }), upToDate, ...(dryRun && { plan }) }
})

/** The agent as it would be. */
async function imagined(
  plane: PlaneView,
  name: string,
  fields: AgentFields,
  context: Context,
): Promise<Output<'addAgent'>> {
  const nowMs = context.ports.clock.nowMs()
  const createdAt = new Date(nowMs).toISOString()
  const { ref } = plane
  const uid = uidOf(agentPath(ref.plane, name), createdAt)
  const parsed = { ok: true, spec: AgentSpec.parse({ ...fields, createdAt }) } as const
  const spec = { uid, generation: '', createdAt, parsed }
  const agentRef = { kind: 'agent', plane: ref.plane, planeUid: ref.uid, name, uid } as const
  const agent = found(plane, { ...spec, ref: agentRef }, undefined)
  const plan = planOf(agent, parsed, differenceOf(undefined, fields), context)
  // One more machine would share the way out.
  const { specs, prices } = context.ports
  const cost = await costView(agent, prices, async () => (await specs.countAgents(ref.plane)) + 1)
  return { agent: agentView(agent, { nowMs, cost }), upToDate: false, plan }
}

function refusePlane(view: PlaneView, { owner, backend }: AgentFields, context: Context): void {
  const plane = view.ref.plane
  refuseUnlessOpenIn('addAgent', view)
  const parsed = view.spec?.parsed
  if (parsed?.ok !== true) return
  refuseBackend(backend ?? parsed.spec.backend, context)
  const { allowedDomains } = parsed.spec
  if (allowedDomains.length === 0 || allowedDomains.includes(owner.slice(owner.lastIndexOf('@') + 1))) return
  throw new Refusal(422, {
    code: 'OwnerNotAllowed',
    message: `owner must have an address in ${allowedDomains.join(' or ')} to have an agent in plane "${plane}".`,
    field: 'owner',
  })
}

async function refusePredecessor({ ref }: PlaneView, name: string, { ports }: Context): Promise<void> {
  const { plane, uid: planeUid } = ref
  const predecessor = await ports.documents.findPredecessor({ kind: 'agent', plane, planeUid, name, uid: '' })
  if (predecessor !== undefined) throw stillRemoving(plane, name)
}

/** False when somebody else created an agent of this name a moment ago. */
async function create(
  { ports: { specs } }: Context,
  ...wanted: Parameters<Context['ports']['specs']['createAgent']>
): Promise<boolean> {
  try {
    await specs.createAgent(...wanted)
    return true
  } catch (error) {
    if (isAlreadyThere(error)) return false
    throw error
  }
}

function refuseOther({ plane: { ref }, name, spec }: FoundAgent, fields: AgentFields): void {
  const parsed = spec?.parsed
  if (parsed?.ok === true ? parsed.spec.desiredState === 'removed' : parsed?.removed !== false) {
    throw stillRemoving(ref.plane, name)
  }
  const different = differences(AgentSpec, fields, parsed)
  if (different.length === 0) return
  throw new Refusal(409, {
    code: 'AlreadyExists',
    message: `Plane "${ref.plane}" has an agent "${name}" already, with another ${different.join(', ')}.`,
    field: 'name',
    suggestion: 'Choose another name, or give the same fields. To change it: planes update-agent',
  })
}

const stillRemoving = (plane: string, name: string): Refusal =>
  new Refusal(409, {
    code: 'StillRemoving',
    message: `An agent "${name}" of plane "${plane}" is still being removed.`,
    field: 'name',
    suggestion: 'Add it again once planes status no longer lists it as Removing.',
  })
