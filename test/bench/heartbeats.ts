import { sweep } from '../../shared/engine/sweep.ts'
import type { Bench } from './bench.ts'
import { bareEngine } from './engine.ts'
import { countedFirestore, operationsOf } from './operations.ts'
import type { Operations } from './operations.ts'
import { PLANE, settledAgents, stand } from './settled.ts'
import { seededProject } from './sweep.ts'

const AGENTS = 1000
const TARGET = 10

/** What a thousand heartbeats add to a sweep: the same sweep with and without them. */
export const heartbeats: Bench = {
  name: 'heartbeats',
  run: async (bed) => {
    const project = await seededProject(await bed.emulators(), AGENTS)
    const { firestore, counts } = countedFirestore(project)
    const { ports, cloud, asked } = await bareEngine(project, firestore)
    const agents = settledAgents(AGENTS)
    stand(cloud, agents)
    const quiet = await costOf(counts, () => sweep(ports))
    const beats = cloud.heartbeats()
    await Promise.all(beats.map((heartbeat) => ports.bus.publishHeartbeat(heartbeat)))
    const busy = await costOf(counts, () => sweep(ports))
    const booked = [...(await ports.documents.readLeases(PLANE.plane)).values()]
    const newest = booked.filter(({ iatS }) => iatS === beats[0]?.claims.iatS).length
    const caused = operationsOf(busy) - operationsOf(quiet)
    return [
      {
        name: `${AGENTS} heartbeats drained, operations caused`,
        figure: `${caused} (${busy.writes} writes; ${newest} booked, ${asked()} messages)`,
        target: `≤ ${TARGET}`,
        ratio: caused / TARGET,
      },
    ]
  },
}

async function costOf(counts: Operations, work: () => Promise<void>): Promise<Operations> {
  const before = { ...counts }
  await work()
  return {
    calls: counts.calls - before.calls,
    writes: counts.writes - before.writes,
    reads: counts.reads - before.reads,
    queries: counts.queries - before.queries,
    documents: counts.documents - before.documents,
  }
}
