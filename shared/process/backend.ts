import type { Backend } from '../ports/backend.ts'
import { processAccess } from './access.ts'
import { defaultCacheDir } from './context.ts'
import type { ProcessContext } from './context.ts'
import { processDisks } from './disks.ts'
import { processEgress } from './egress.ts'
import { processIdentity } from './identity.ts'
import { processInventory } from './inventory.ts'
import { processMachines } from './machines.ts'
import { processPlane } from './plane-resources.ts'
import { processSecrets } from './secret-store.ts'

/** How agents run as processes. What is left out has a default that fits one person's computer. */
export type ProcessBackendOptions = ProcessContext & {
  readonly cacheDir?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly heartbeatEveryMs?: number
  readonly stopWithinMs?: number
}

/**
 * Agents as processes of this computer, for development and tests: weak isolation, no network rules. Everything is kept
 * in files below `stateDir`, so any number of callers may share it, and machines go on when their caller ends.
 */
export function processBackend({ stateDir, clock, ...given }: ProcessBackendOptions): Backend {
  const env = given.env ?? process.env
  const context = { stateDir, clock }
  return {
    identity: processIdentity(context),
    secrets: processSecrets(context),
    egress: processEgress(context),
    disks: processDisks(context),
    machines: processMachines({
      ...context,
      env,
      cacheDir: given.cacheDir ?? defaultCacheDir(env),
      heartbeatEveryMs: given.heartbeatEveryMs ?? 10_000,
      stopWithinMs: given.stopWithinMs ?? 10_000,
    }),
    access: processAccess(context),
    plane: processPlane({ ...context, env }),
    inventory: processInventory(context),
  }
}
