import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import type { Runtime } from '../runtime.ts'
import { finishPlane } from './change-plane.ts'

/** `planes create` */
export async function create({ fields, ...options }: OptionsOf<'create'>, runtime: Runtime): Promise<ExitCode> {
  const created = await runtime.api.createPlane(fields)
  const done = `is being made (${created.plane.backend} backend)`
  return finishPlane(created, { done, idle: 'is up to date' }, options, runtime)
}
