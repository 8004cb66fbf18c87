import { PlaneSpec } from '../documents/plane.ts'
import { planePath, uidOf } from '../documents/uid.ts'
import type { PlaneView } from '../ports/documents.ts'
import type { PlaneFields } from '../ports/specs.ts'
import { planOfPlane } from './change-plane.ts'
import type { Command, Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import { differenceOf, differences, isAlreadyThere } from './differences.ts'
import { getPlane, isClosing } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { notAllowed, roleIn } from './standing.ts'
import { refuseElsewhere } from './update-plane.ts'
import { planeView } from './views.ts'

/** Creates a plane. Asked twice with the same fields, it is up to date. */
export const createPlane: Command<'createPlane'> = async (input, context) => {
  const { name, dryRun, ...fields } = input
  // Whoever is named an admin of a plane that is not there yet may make it.
  if ((await roleIn(context, name)) !== 'admin') throw notAllowed(['admin'], context)
  const { clock, backends } = context.ports
  const wanted = { ...fields, backend: fields.backend ?? backends[0] }
  refuseBackend(wanted.backend, context)
  refuseElsewhere(wanted.zones, wanted.region)
  if (dryRun && (await context.ports.specs.getPlane(name)) === undefined) return imagined(name, wanted, context)
  const deed = { action: 'create-plane', input }
  const entry = await entryOf({ ...deed, after: wanted }, context)
  const created = !dryRun && (await createUnlessThere(context, name, wanted, entry))
  const view = await getPlane(context, name)
  const upToDate = !created && (dryRun || (await findDone(name, deed, context)) === undefined)
  if (upToDate) refuseOther(view, wanted)
  const plan = { before: {}, after: {}, steps: [] }
  return { plane: planeView(view, clock.nowMs()), upToDate, ...(dryRun && { plan }) }
}

/** @throws Refusal 422 when this installation cannot run agents there */
export function refuseBackend(backend: string, { ports: { backends } }: Pick<Context, 'ports'>): void {
  if ((backends as readonly string[]).includes(backend)) return
  throw new Refusal(422, {
    code: 'NoSuchBackend',
    message: `backend is "${backend}", which this installation cannot run agents on.`,
    field: 'backend',
    suggestion: `It has: ${backends.join(', ')}. ${ENABLE[backend] ?? ''}`.trim(),
  })
}

const ENABLE: Readonly<Record<string, string>> = {
  vm: 'An installation with vm is deployed with AP_BACKEND=vm, or tried with: npm start -- --simulate-gcp',
  process: 'An installation with process is for one computer: npm start',
}

/** The plane as it would be. */
function imagined(name: string, wanted: PlaneFields, context: Context): Awaited<ReturnType<typeof createPlane>> {
  const nowMs = context.ports.clock.nowMs()
  const createdAt = new Date(nowMs).toISOString()
  const uid = uidOf(planePath(name), createdAt)
  const parsed = { ok: true, spec: PlaneSpec.parse({ ...wanted, createdAt }) } as const
  const view: PlaneView = { ref: { kind: 'plane', plane: name, uid }, spec: { uid, generation: '', createdAt, parsed } }
  const plan = planOfPlane(view, parsed, differenceOf(undefined, wanted), context)
  return { plane: planeView(view, nowMs), upToDate: false, plan }
}

async function createUnlessThere(
  { ports: { specs } }: Context,
  ...wanted: Parameters<Context['ports']['specs']['createPlane']>
): Promise<boolean> {
  try {
    await specs.createPlane(...wanted)
    return true
  } catch (error) {
    if (isAlreadyThere(error)) return false
    throw error
  }
}

function refuseOther(view: PlaneView, wanted: PlaneFields): void {
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
    suggestion: 'Choose another name, or give the same fields. To change it: planes update-plane',
  })
}
