import { agentFields } from '../contract/statuses.ts'
import type { InstantPlane } from '../fakes/instant-plane.ts'
import { quantile } from './bench.ts'
import type { Bench } from './bench.ts'

const WARM_UP = 20
const AGENTS = 40
const TARGET_MS = 500

/** From the write of a spec to the last of its steps, one agent after the other. */
export const provision: Bench = {
  name: 'provision',
  run: async (bed) => {
    const plane = await bed.plane()
    for (let i = 0; i < WARM_UP; i++) await once(plane, `warm-${i}`)
    const times: number[] = []
    for (let i = 0; i < AGENTS; i++) times.push(await once(plane, `timed-${i}`))
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
    return [
      {
        name: `write → last step done, warm, p50 of ${AGENTS}`,
        figure: `${p50.toFixed(0)} ms`,
        target: `≤ ${TARGET_MS} ms`,
        ratio: p50 / TARGET_MS,
      },
      { name: 'write → last step done, warm, p99', figure: `${p99.toFixed(0)} ms` },
    ]
  },
}

async function once({ ports, putAgent, untilAgent }: InstantPlane, name: string): Promise<number> {
  const acme = await ports.documents.findPlane('acme')
  if (acme === undefined) throw new Error('the plane acme is gone')
  const startMs = performance.now()
  const ref = await putAgent(acme, name, agentFields)
  await untilAgent(ref, ({ phase }) => phase === 'Ready')
  return performance.now() - startMs
}
