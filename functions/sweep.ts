import { sweep as sweepAll } from '../shared/engine/sweep.ts'
import type { Ports } from '../shared/ports/ports.ts'

/** The schedule: compares everything with everything once a minute. */
export const sweep = (ports: () => Promise<Ports>) => async (): Promise<Response> => {
  await sweepAll(await ports())
  return new Response(null, { status: 204 })
}
