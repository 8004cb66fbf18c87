import type { AgentRef } from '../../shared/documents/ref.ts'
import type { Pinned } from '../../shared/documents/status.ts'
import type { World } from '../fakes/world.ts'
import { plan } from './plan.ts'
import { stage } from './stage.ts'
import type { Stage } from './stage.ts'

/** The zones of the region. */
export const ZONES = ['us-east4-a', 'us-east4-b', 'us-east4-c']
export const MINUTE_MS = 60_000

/** A plane in a region of three zones. The agents' first choice is known once one was added. */
export async function region(planned = plan()) {
  const set = stage(planned.fateOf)
  set.world.cloud.zones = ZONES
  set.putPlane()
  await set.driver.forMs(5_000)
  return { ...set, plan: planned }
}

/** Where an agent is pinned. @throws Error before it is */
export const pinnedOf = ({ store }: World, { uid }: AgentRef): Pinned => {
  const pinned = store.agentStatus(uid)?.pinned
  if (pinned === undefined) throw new Error('not pinned')
  return pinned
}

/** What its machine's step says. */
export const messageOf = ({ store }: World, { uid }: AgentRef): string =>
  store.agentStatus(uid)?.steps['machine']?.message ?? ''

/** In which zones something of a kind stands. */
export const zonesOf = (things: ReadonlyMap<string, unknown>): readonly string[] =>
  [...things.keys()].map((key) => key.slice(0, key.indexOf('/')))

/** An agent that met a full zone first. */
export async function moved(set: Stage) {
  const ada = set.put('ada')
  set.world.cloud.full.add(firstOf(ada))
  await set.driver.forMs(2 * MINUTE_MS)
  return ada
}

/** Its first choice, and what comes after a zone. */
export const firstOf = ({ uid }: AgentRef): string => ZONES[uid.charCodeAt(0) % ZONES.length] ?? ''
export const after = (zone: string): string => ZONES[(ZONES.indexOf(zone) + 1) % ZONES.length] ?? ''
