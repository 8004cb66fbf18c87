import { describe } from 'vitest'
import { agentPath } from '../../shared/documents/uid.ts'
import { documentsContract } from '../contract/documents.ts'
import { World } from '../fakes/world.ts'
import type { Worker } from '../fakes/world.ts'

const worker: Worker = { id: 1, what: 'test', skewMs: 0, redeliver: undefined, dead: false, done: false }

describe('documents in memory', () => {
  documentsContract(async () => {
    const world = new World()
    // Nothing is to be interleaved here: effects happen as they come.
    world.effect = async (_worker, _label, run) => run()
    return {
      documents: world.store.documents(worker),
      putPlane: async (plane, fields) => world.store.putPlane(plane, fields),
      putAgent: async (plane, name, fields) => world.store.putAgent(plane, name, fields),
      removeAgent: async (plane, name) => {
        world.store.agents.delete(agentPath(plane, name))
        world.nowMs += 1
      },
    }
  })
})
