import type { Output } from '../../../shared/api/contract.ts'
import { confirmName } from '../confirm.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { Common, OptionsOf, Waiting } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import { waitForPlane } from '../wait.ts'

type Changed = Output<'updatePlane'>

/** `planes update-plane` */
export async function updatePlane(
  { fields, ...options }: OptionsOf<'update-plane'>,
  runtime: Runtime,
): Promise<ExitCode> {
  const changed = await runtime.api.updatePlane(fields)
  return finishPlane(changed, { done: 'is being changed', idle: 'is up to date' }, options, runtime)
}

/** `planes remove-plane` */
export async function removePlane(options: OptionsOf<'remove-plane'>, runtime: Runtime): Promise<ExitCode> {
  const { plane, yes, dryRun } = options
  if (!yes && !dryRun) {
    const text = `This removes plane "${plane}" for good, with its network.`
    await confirmName({ what: `plane "${plane}"`, name: plane, text }, runtime.terminal)
  }
  const changed = await runtime.api.removePlane({ plane, ...(dryRun && { dryRun }) })
  return finishPlane(changed, { done: 'is being removed', idle: 'is being removed already' }, options, runtime)
}

/** Shows what was planned, or what was done and, when asked to, what came of it. */
export async function finishPlane(
  { plane, upToDate, plan }: Changed,
  { done, idle }: { readonly done: string; readonly idle: string },
  { json, wait, timeoutMs }: Common & Waiting,
  runtime: Runtime,
): Promise<ExitCode> {
  const { out, err } = runtime.terminal
  if (plan !== undefined) {
    printResult(out, json, { plane, upToDate, plan }, planLines(plan))
    return EXIT.ok
  }
  const said = `Plane "${plane.name}" ${upToDate ? idle : done}.`
  if (!wait) {
    printResult(out, json, { plane, upToDate }, [said])
    return EXIT.ok
  }
  err.line(said)
  const phase = plane.desiredState === 'removed' ? 'Purged' : 'Ready'
  const view = await waitForPlane(plane, { phase, timeoutMs, old: plane.steps }, runtime)
  printResult(out, json, { plane: view, upToDate }, [`Plane "${plane.name}" is ${view.phase}.`])
  return EXIT.ok
}
