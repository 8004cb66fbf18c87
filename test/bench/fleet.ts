import { agentFields } from '../contract/statuses.ts'
import type { Bench } from './bench.ts'

const AGENTS = 200
const WITHIN_MS = 600_000

/** Two hundred specs written at once: what is made, is made once. */
export const fleet: Bench = {
  name: 'fleet',
  run: async (bed) => {
    const { bridge, cloud, ports, putAgent, untilAgent } = await bed.plane()
    const acme = await ports.documents.findPlane('acme')
    if (acme === undefined) throw new Error('the plane acme is gone')
    const made: string[] = []
    cloud.onMutation.push((method, uid) => void (/\.(?:create|insert)$/.test(method) && made.push(`${method} ${uid}`)))
    const before = { ...bridge.counts }
    const startMs = performance.now()
    const done = await Promise.all(
      Array.from({ length: AGENTS }, async (_, n) => {
        const ref = await putAgent(acme, `fleet-${n}`, agentFields)
        return untilAgent(ref, ({ phase }) => phase === 'Ready', WITHIN_MS)
      }),
    )
    const seconds = (performance.now() - startMs) / 1000
    const twice = made.length - new Set(made).size
    const messages = (bridge.counts.delivered - before.delivered) / AGENTS
    const dead = bridge.counts.deadLettered
    const of = `${AGENTS} agents at once`
    return [
      {
        name: `${of}, all done`,
        figure: `${done.length} of ${AGENTS}`,
        target: `${AGENTS}`,
        missed: done.length < AGENTS,
      },
      { name: `${of}, made twice`, figure: `${twice}`, target: '0', missed: twice > 0 },
      { name: `${of}, total`, figure: `${seconds.toFixed(1)} s, ${messages.toFixed(1)} calls each` },
      { name: `${of}, dead letters`, figure: `${dead}`, target: '0', missed: dead > 0 },
    ]
  },
}
