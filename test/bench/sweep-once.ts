import { argv, cpuUsage, memoryUsage, resourceUsage, stdout } from 'node:process'
import { sweep } from '../../shared/engine/sweep.ts'
import { bareEngine } from './engine.ts'
import { countedFirestore } from './operations.ts'
import { PLANE, settledAgents, stand } from './settled.ts'

/** What one sweep cost; printed as JSON. */
export type SweepCost = {
  readonly seconds: number
  /** On this process's own cores: what a busy machine does not blur. */
  readonly cpuSeconds: number
  readonly growthBytes: number
  readonly calls: number
  readonly writes: number
  readonly asked: number
}

// A process of its own, as the deployed function is one: its memory is that of one sweep.
const [, , project = '', count = '0'] = argv
const agents = settledAgents(Number(count))
const { firestore, counts } = countedFirestore(project)
const { ports, cloud, asked } = await bareEngine(project, firestore)
stand(cloud, agents)
await ports.documents.findPlane(PLANE.plane)
globalThis.gc?.()
const [before, beforeBytes] = [{ ...counts }, memoryUsage.rss()]
const [startMs, startCpu] = [performance.now(), cpuUsage()]
await sweep(ports)
const seconds = (performance.now() - startMs) / 1000
const { user, system } = cpuUsage(startCpu)
const cost: SweepCost = {
  seconds,
  cpuSeconds: (user + system) / 1e6,
  growthBytes: resourceUsage().maxRSS * 1024 - beforeBytes,
  calls: counts.calls - before.calls,
  writes: counts.writes - before.writes,
  asked: asked(),
}
stdout.write(JSON.stringify(cost), () => process.exit(0))
