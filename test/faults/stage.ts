import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { World } from '../fakes/world.ts'
import { Driver } from './driver.ts'
import type { Fate } from './driver.ts'
import { Invariants } from './invariants.ts'
import type { Parked } from '../fakes/world.ts'

type Fields = Readonly<Record<string, unknown>>

/** A plane that any agent may be added to. */
export const PLANE: Fields = { project: 'acme-project', region: 'us-east4', backend: 'process', retentionDays: 1 }

/** An agent that touches every step. */
export const AGENT: Fields = { owner: 'ada@acme.com', secrets: ['notes'], channels: [{ kind: 'telegram' }] }

/** A world with its driver and its watcher: what a fault test begins with. */
export type Stage = {
  readonly world: World
  readonly driver: Driver
  readonly invariants: Invariants
  readonly putPlane: (fields?: Fields) => PlaneRef
  /** Writes an agent's spec as a person would, and its event. */
  readonly put: (name: string, fields?: Fields) => AgentRef
  readonly phase: (ref: { readonly uid: string }) => string | undefined
}

/** An empty world. */
export function stage(fateOf?: (parked: Parked, index: number) => Fate): Stage {
  const world = new World()
  const invariants = new Invariants(world)
  const driver = new Driver(world, invariants.check, fateOf)
  return {
    world,
    driver,
    invariants,
    putPlane: (fields = PLANE) => {
      const ref = world.store.putPlane('acme', fields)
      world.changed(ref)
      return ref
    },
    put: (name, fields = AGENT) => {
      const ref = world.store.putAgent('acme', name, fields)
      world.changed(ref)
      return ref
    },
    phase: ({ uid }) => world.store.status(uid)?.phase,
  }
}

/** A plane that stands. */
export async function withPlane(
  fateOf?: (parked: Parked, index: number) => Fate,
): Promise<Stage & { readonly plane: PlaneRef }> {
  const set = stage(fateOf)
  const plane = set.putPlane()
  await set.driver.forMs(5_000)
  return { ...set, plane }
}
