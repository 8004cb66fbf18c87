import type { Input, Output } from '../api/contract.ts'
import type { PlanView } from '../api/views.ts'
import type { Parsed } from '../documents/parsed.ts'
import { PlaneSpec } from '../documents/plane.ts'
import { plan } from '../lifecycle/plan.ts'
import type { PlaneView } from '../ports/documents.ts'
import { edited, onceMore, planView } from './change.ts'
import type { Fields } from './change.ts'
import { planeCommand } from './command.ts'
import type { Command, Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import type { Deed } from './deed.ts'
import { differenceOf, isEmpty } from './differences.ts'
import type { Difference } from './differences.ts'
import { getPlane } from './find-agent.ts'
import { planeView } from './views.ts'

/** Routes that edit the spec of a plane; all of them answer the same. */
type ChangeRoute = 'updatePlane' | 'removePlane' | 'retryPlane'
type Changed = Output<ChangeRoute>

/** A verb that edits the spec of a plane. */
export type PlaneChange<K extends ChangeRoute> = {
  readonly action: string
  /** Fields that it wants otherwise; undefined removes one. @throws Refusal when it is not open to the plane as it stands */
  readonly edit: (input: Input<K>, plane: PlaneView, context: Context) => Fields | Promise<Fields>
}

/** The same as `changeAgent`, for a plane and its admins. */
export function changePlane<K extends ChangeRoute>({ action, edit }: PlaneChange<K>): Command<K> {
  const run = planeCommand<'retryPlane'>(['admin'], (input, context) => {
    const { plane, dryRun } = input
    return onceMore(async () => {
      const now = await getPlane(context, plane)
      const deed = { action, input }
      if (!dryRun && (await findDone(plane, deed, context))) return shown(now, context, { upToDate: false })
      const fields = await edit(input as Input<K>, now, context)
      return dryRun ? imagined(now, fields, context) : write(now, fields, deed, context)
    })
  })
  return run as Command<K>
}

async function write(view: PlaneView, fields: Fields, deed: Deed, context: Context): Promise<Changed> {
  const { spec, ref } = view
  edited(PlaneSpec, spec?.parsed, fields)
  const difference = differenceOf(specOf(view), fields)
  if (isEmpty(difference)) return shown(view, context, { upToDate: true })
  const entry = await entryOf({ ...deed, ...difference }, context)
  const changes = Object.fromEntries(Object.keys(difference.after).map((field) => [field, fields[field]]))
  await context.ports.specs.updatePlane(ref.plane, changes, { generation: spec?.generation, entry })
  return shown(await withNewSpec(view, context), context, { upToDate: false })
}

function imagined(view: PlaneView, fields: Fields, context: Context): Changed {
  const difference = differenceOf(specOf(view), fields)
  const spec = edited(PlaneSpec, view.spec?.parsed, fields)
  const steps = isEmpty(difference) ? { ...difference, steps: [] } : planOfPlane(view, spec, difference, context)
  return shown(view, context, { upToDate: isEmpty(difference), plan: steps })
}

/** What an edit would have done. */
export function planOfPlane(
  view: PlaneView,
  parsed: Parsed<PlaneSpec> | undefined,
  difference: Difference,
  { ports }: Context,
): PlanView {
  const spec = { uid: view.ref.uid, generation: '', createdAt: '', ...view.spec }
  const then = { ...view, spec: parsed && { ...spec, parsed } }
  return planView(difference, plan(then, ports.desired, ports.clock.nowMs()))
}

async function withNewSpec(view: PlaneView, { ports }: Context): Promise<PlaneView> {
  const spec = await ports.specs.getPlane(view.ref.plane)
  return spec?.uid === view.ref.uid ? { ...view, spec } : view
}

const specOf = ({ spec }: PlaneView): PlaneSpec | undefined => (spec?.parsed.ok === true ? spec.parsed.spec : undefined)

const shown = (view: PlaneView, { ports }: Context, rest: Omit<Changed, 'plane'>): Changed => ({
  plane: planeView(view, ports.clock.nowMs()),
  ...rest,
})
