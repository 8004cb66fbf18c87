import { expect, test } from 'vitest'
import type { Parked } from '../fakes/world.ts'
import type { Fate } from './driver.ts'
import { checkEnd } from './invariants.ts'
import { thingsOf } from './picture.ts'
import { PLANE, stage } from './stage.ts'

const MINUTE_MS = 60_000

type Broken = (parked: Parked, index: number) => Fate

/** An agent that finds the first two zones full, then everything has room and it is stopped and started. */
async function moves(fateOf?: Broken) {
  const set = stage(fateOf)
  set.world.cloud.zones = ['us-east4-a', 'us-east4-b', 'us-east4-c']
  set.putPlane({ ...PLANE, zones: set.world.cloud.zones })
  await set.driver.forMs(10_000)
  const ada = set.put('ada')
  const first = set.world.cloud.zones.at(ada.uid.charCodeAt(0) % 3) ?? ''
  set.world.cloud.full.add(first).add(`disk ${set.world.cloud.zones.at((ada.uid.charCodeAt(0) + 1) % 3)}`)
  await set.driver.forMs(3 * MINUTE_MS)
  return { ...set, ada }
}

const only =
  (index: number, fate: Fate): Broken =>
  (_, i) =>
    i === index ? fate : 'happens'

async function effects(): Promise<{
  readonly labels: readonly string[]
  readonly first: number
  readonly calm: string
}> {
  const labels: string[] = []
  const set = await moves((parked) => {
    labels.push(parked.label)
    return 'happens'
  })
  expect(set.phase(set.ada)).toBe('Ready')
  expect(set.world.store.agentStatus(set.ada.uid)?.pinned?.left).toHaveLength(2)
  return { labels, first: labels.indexOf('findPredecessor'), calm: thingsOf(set.world) }
}

test.each(['crashBefore', 'crashAfter', 'held'] as const)(
  'an agent that moves ends with one machine and one disk, whichever effect is %s',
  async (fate) => {
    const { labels, first, calm } = await effects()
    const failures: string[] = []
    for (let i = first; i < labels.length; i++) {
      const set = await moves(only(i, fate))
      await set.driver.forMs(10 * MINUTE_MS)
      if (fate === 'held') {
        await set.driver.release()
        await set.driver.settle()
      }
      const ended = thingsOf(set.world)
      if (ended !== calm) failures.push(`${fate} ${i} ${labels[i]}: ${ended}`)
      try {
        checkEnd(set.world)
      } catch (error) {
        failures.push(`${fate} ${i} ${labels[i]}: ${String(error)}`)
      }
    }
    expect(failures).toEqual([])
  },
)
