import type { AgentRef } from '../../shared/documents/ref.ts'
import type { Fate } from './driver.ts'
import type { Parked, World } from '../fakes/world.ts'
import { AGENT, PLANE, stage } from './stage.ts'
import type { Stage } from './stage.ts'

/** A life: one edit after the other, with time for each to be acted upon. */
type Chapter = { readonly title: string; readonly act: (set: Stage) => void; readonly ms: number }

const MINUTE_MS = 60_000

/** Everything that may be done to one agent and its plane. */
export const LIFE: readonly Chapter[] = [
  { title: 'create the plane', act: (set) => void set.putPlane(), ms: 10_000 },
  { title: 'add the agent', act: (set) => void set.put('ada'), ms: MINUTE_MS },
  {
    title: 'change machine, secrets and channels',
    act: (set) => void set.put('ada', { ...AGENT, ...EDIT }),
    ms: 2 * MINUTE_MS,
  },
  {
    title: 'stop it',
    act: (set) => void set.put('ada', { ...AGENT, ...EDIT, desiredState: 'stopped' }),
    ms: MINUTE_MS,
  },
  { title: 'start it', act: (set) => void set.put('ada', { ...AGENT, ...EDIT }), ms: MINUTE_MS },
  {
    title: 'remove it',
    act: (set) => void set.put('ada', { ...AGENT, desiredState: 'removed', purge: true }),
    ms: MINUTE_MS,
  },
  { title: 'close the plane', act: (set) => void set.putPlane({ ...PLANE, desiredState: 'removed' }), ms: MINUTE_MS },
]

const EDIT = {
  machineType: 'e2-standard-4',
  secrets: ['mail'],
  channels: [],
  egress: { mode: 'restricted', domains: ['api.acme.com'] },
}

/** Lives the first `chapters` chapters, then gives what was broken time to heal. `prepare` gets the world before. */
export async function live(
  chapters: number,
  fateOf?: (parked: Parked, index: number) => Fate,
  prepare: (world: World) => void = () => {},
): Promise<Stage & { readonly ada: AgentRef | undefined }> {
  const set = stage(fateOf)
  prepare(set.world)
  let ada: AgentRef | undefined
  for (const { act, ms } of LIFE.slice(0, chapters)) {
    act(set)
    await set.driver.forMs(ms)
    ada ??= [...set.world.store.agents.values()].map(
      ({ uid }) =>
        ({ kind: 'agent', plane: 'acme', planeUid: set.world.store.planeUid('acme'), name: 'ada', uid }) as const,
    )[0]
  }
  return { ...set, ada }
}
