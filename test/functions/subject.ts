import type { Ports } from '../../shared/ports/ports.ts'
import { agentFields, planeFields } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { portsOf } from '../fakes/ports.ts'
import { World } from '../fakes/world.ts'
import type { Worker } from '../fakes/world.ts'

const worker: Worker = { id: 1, what: 'test', skewMs: 0, redeliver: undefined, dead: false, done: false }

/** A plane `acme`, an agent `ada`, and the functions' view of them; every effect happens as it comes. */
export function subject() {
  const world = new World()
  world.effect = async (_worker, _label, run) => run()
  const plane = world.store.putPlane('acme', planeFields)
  const ada = world.store.putAgent('acme', 'ada', agentFields)
  const { log, lines } = recordingLog()
  const ports: Ports = { ...portsOf(world, worker), log }
  return { world, plane, ada, lines, ports: async () => ports }
}
