import { names } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { inZone } from '../fakes/things.ts'
import type { FakeMachine } from '../fakes/things.ts'
import type { World } from '../fakes/world.ts'
import { checkEnd } from './invariants.ts'
import { plan } from './plan.ts'
import type { Plan } from './plan.ts'
import { AGENT, withPlane } from './stage.ts'
import type { Stage } from './stage.ts'

/** A standing plane and the fates that a scenario hands out. */
export type Scene = Stage & { readonly plane: PlaneRef; readonly plan: Plan }

/** A plane that stands, and nobody on it. */
export async function emptyScene(): Promise<Scene> {
  const planned = plan()
  return { ...(await withPlane(planned.fateOf)), plan: planned }
}

/** A plane with one agent that is Ready. */
export async function readyScene(fields = AGENT): Promise<Scene & { readonly ada: AgentRef }> {
  const scene = await emptyScene()
  const ada = scene.put('ada', fields)
  await scene.driver.forMs(60_000)
  return { ...scene, ada }
}

/** Where an agent's things are in the memory cloud. */
export const placeOf = ({ planeUid, uid }: AgentRef): Place => ({
  project: 'acme-project',
  region: 'us-east4',
  zone: 'us-east4-a',
  planeUid,
  uid,
})

/** An agent's machine. @throws when there is none */
export function machineOf(world: World, ref: AgentRef): FakeMachine {
  const found = world.cloud.machines.get(inZone(placeOf(ref), names.machine(placeOf(ref))))
  if (found === undefined) throw new Error(`${ref.name} has no machine`)
  return found
}

/** Its document goes without anybody asking the engine, as an admin of the database can do. */
export const dropSpec = ({ store }: World, { plane, name }: AgentRef): boolean =>
  store.agents.delete(agentPath(plane, name))

/** Nothing is left to do: ten sweeps write nothing, and the world is what the specs ask for. */
export async function settled({ driver, world }: Pick<Stage, 'driver' | 'world'>): Promise<void> {
  await driver.settle()
  const before = world.store.statusWrites
  for (let sweeps = 0; sweeps < 10; sweeps++) await driver.sweep()
  if (world.store.statusWrites !== before) throw new Error('a settled world was written to')
  checkEnd(world)
}

/** What is changed in the cloud from now on, as `port.method uid`. */
export function mutationsOf({ cloud }: World): readonly string[] {
  const seen: string[] = []
  cloud.onMutation.push((method, uid) => seen.push(`${method} ${uid}`))
  return seen
}
