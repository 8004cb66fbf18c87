import type { Cloud } from '../cloud.ts'
import { textOf } from '../json.ts'
import type { Entry } from '../store.ts'
import { isAgents } from './facts.ts'
import { bootOf, simulatedMachine } from './machine.ts'
import type { MachineSettings, SimulatedMachine } from './machine.ts'

/** What runs on the agents' instances of a simulated cloud. */
export type SimulatedMachines = {
  /** Boots what was started, forgets what was stopped, and lets every machine do what is due. */
  readonly tick: () => Promise<void>
}

/** Machines for every agent's instance that is RUNNING. Time is the cloud's: whoever keeps it ticks. */
export function simulatedMachines(cloud: Cloud, settings: MachineSettings): SimulatedMachines {
  const { store, operations } = cloud.world
  const running = new Map<string, SimulatedMachine>()
  const busy = new Set<string>()

  const tickOne = async (instance: Entry): Promise<void> => {
    const boot = bootOf(instance)
    if (busy.has(boot)) return
    const machine = running.get(boot) ?? simulatedMachine(cloud, settings)
    running.set(boot, machine)
    busy.add(boot)
    try {
      await machine.tick(instance)
    } finally {
      busy.delete(boot)
    }
  }

  return {
    tick: async () => {
      // Nobody may have asked the cloud anything since an instance was due to run.
      operations.settle()
      const up = store
        .list('instances', 'projects/')
        .filter(({ body }) => textOf(body, 'status') === 'RUNNING' && isAgents(body))
      const boots = new Set(up.map(bootOf))
      for (const boot of running.keys()) if (!boots.has(boot)) running.delete(boot)
      await Promise.all(up.map(tickOne))
    },
  }
}
