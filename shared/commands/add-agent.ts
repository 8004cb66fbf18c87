import { AgentSpec } from '../documents/agent.ts'
import type { AgentFields } from '../ports/specs.ts'
import type { PlaneView } from '../ports/documents.ts'
import { planeCommand } from './command.ts'
import type { Context } from './command.ts'
import { refuseBackend } from './create-plane.ts'
import { differences, isAlreadyThere } from './differences.ts'
import { getAgent, getPlane, isClosing } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { agentView } from './views.ts'

/** Adds an agent to a plane. Asked twice with the same fields, it is up to date. */
export const addAgent = planeCommand<'addAgent'>(['admin'], async ({ plane, name, ...fields }, context) => {
  const { specs, clock } = context.ports
  const view = await getPlane(context, plane)
  refusePlane(view, fields, context)
  const created = (await specs.getAgent(plane, name)) === undefined && (await create(context, view, name, fields))
  if (created)
    await specs.audit(plane, { actor: context.caller.actor, action: 'add-agent', agent: name, after: fields })
  const agent = await getAgent(context, plane, name)
  if (!created) refuseOther(agent, fields)
  return { agent: agentView(agent, { nowMs: clock.nowMs() }), upToDate: !created }
})

function refusePlane(view: PlaneView, { owner, backend }: AgentFields, context: Context): void {
  const plane = view.ref.plane
  if (isClosing(view)) {
    throw new Refusal(409, {
      code: 'PlaneClosing',
      message: `Plane "${plane}" is being removed; it takes no more agents.`,
      field: 'plane',
    })
  }
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

/** False when somebody else created an agent of this name a moment ago. */
async function create(context: Context, view: PlaneView, name: string, fields: AgentFields): Promise<boolean> {
  const { specs, documents } = context.ports
  const { plane, uid: planeUid } = view.ref
  const predecessor = await documents.findPredecessor({ kind: 'agent', plane, planeUid, name, uid: '' })
  if (predecessor !== undefined) throw stillRemoving(plane, name)
  try {
    await specs.createAgent(plane, name, fields)
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
    suggestion: 'Choose another name, or give the same fields.',
  })
}

const stillRemoving = (plane: string, name: string): Refusal =>
  new Refusal(409, {
    code: 'StillRemoving',
    message: `An agent "${name}" of plane "${plane}" is still being removed.`,
    field: 'name',
    suggestion: 'Add it again once planes status no longer lists it as Removing.',
  })
