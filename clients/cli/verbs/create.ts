import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes create` */
export async function create({ fields, json }: OptionsOf<'create'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const result = await api.createPlane(fields)
  const { name, backend } = result.plane
  if (result.plan !== undefined) {
    printResult(terminal.out, json, result, planLines(result.plan))
    return EXIT.ok
  }
  const done = result.upToDate ? `Plane "${name}" is up to date.` : `Created plane "${name}" (${backend} backend).`
  printResult(terminal.out, json, result, [done])
  return EXIT.ok
}
