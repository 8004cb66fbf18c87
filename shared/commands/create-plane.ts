import { PlaneSpec } from '../documents/plane.ts'
import type { PlaneFields } from '../ports/specs.ts'
import { planeCommand } from './command.ts'
import type { Context } from './command.ts'
import { differences, isAlreadyThere } from './differences.ts'
import { getPlane, isClosing } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { planeView } from './views.ts'

/** Creates a plane. Asked twice with the same fields, it is up to date. */
export const createPlane = planeCommand<'createPlane'>(['admin'], async ({ name, ...fields }, context) => {
  const { specs, clock, backends } = context.ports
  const wanted = { ...fields, backend: fields.backend ?? backends[0] }
  refuseBackend(wanted.backend, context)
  const created = await createUnlessThere(context, name, wanted)
  const view = await getPlane(context, name)
  if (created) await specs.audit(name, { actor: context.caller.actor, action: 'create-plane', after: wanted })
  else refuseOther(view, wanted)
  return { plane: planeView(view, clock.nowMs()), upToDate: !created }
})

/** @throws Refusal 422 when this installation cannot run agents there */
export function refuseBackend(backend: string, { ports: { backends } }: Pick<Context, 'ports'>): void {
  if ((backends as readonly string[]).includes(backend)) return
  throw new Refusal(422, {
    code: 'NoSuchBackend',
    message: `backend is "${backend}", which this installation cannot run agents on.`,
    field: 'backend',
    suggestion: `It has: ${backends.join(', ')}.`,
  })
}

async function createUnlessThere({ ports: { specs } }: Context, name: string, wanted: PlaneFields): Promise<boolean> {
  try {
    await specs.createPlane(name, wanted)
    return true
  } catch (error) {
    if (isAlreadyThere(error)) return false
    throw error
  }
}

function refuseOther(view: Awaited<ReturnType<typeof getPlane>>, wanted: PlaneFields): void {
  const name = view.ref.plane
  if (isClosing(view)) {
    throw new Refusal(409, {
      code: 'StillRemoving',
      message: `Plane "${name}" is still being removed.`,
      field: 'name',
      suggestion: 'Wait until it is gone, or choose another name.',
    })
  }
  const different = differences(PlaneSpec, wanted, view.spec?.parsed)
  if (different.length === 0) return
  throw new Refusal(409, {
    code: 'AlreadyExists',
    message: `Plane "${name}" exists already, with another ${different.join(', ')}.`,
    field: 'name',
    suggestion: 'Choose another name, or give the same fields.',
  })
}
