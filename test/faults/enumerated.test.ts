import { expect, test } from 'vitest'
import type { Parked } from '../fakes/world.ts'
import type { Fate } from './driver.ts'
import { checkEnd } from './invariants.ts'
import { LIFE, live } from './script.ts'
import { worldOf } from './picture.ts'

/** Every effect of a calm life, in order. */
async function effectsOf(chapters: number): Promise<readonly string[]> {
  const labels: string[] = []
  await live(chapters, (parked) => {
    labels.push(parked.label)
    return 'happens'
  })
  return labels
}

/** One effect meets its fate, all others happen. */
const only =
  (index: number, fate: Fate) =>
  (_: Parked, i: number): Fate =>
    i === index ? fate : 'happens'

const prefixes = LIFE.map(({ title }, i) => ({ title, chapters: i + 1 }))

test.each(prefixes)(
  'a crash before or after any effect heals with the sweep off, up to "$title"',
  async ({ chapters }) => {
    const labels = await effectsOf(chapters)
    const calm = worldOf((await live(chapters)).world)
    const failures: string[] = []
    // Earlier chapters are crashed in the runs that end with them.
    const first = chapters === 1 ? 0 : (await effectsOf(chapters - 1)).length
    for (let i = first; i < labels.length; i++)
      for (const fate of ['crashBefore', 'crashAfter'] as const) {
        const set = await live(chapters, only(i, fate))
        await set.driver.forMs(10 * 60_000)
        if (worldOf(set.world) !== calm) failures.push(`${fate} ${i} ${labels[i]}: ${worldOf(set.world)}`)
      }
    expect(failures).toEqual([])
  },
)

test.each(prefixes)(
  'an effect held back until everything else is over does no harm, up to "$title"',
  async ({ chapters }) => {
    const labels = await effectsOf(chapters)
    const failures: string[] = []
    const first = chapters === 1 ? 0 : (await effectsOf(chapters - 1)).length
    for (let i = first; i < labels.length; i++)
      for (const rest of [chapters, LIFE.length]) {
        const set = await live(rest, only(i, 'held'))
        await set.driver.settle()
        await set.driver.release()
        await set.driver.settle().catch((error: unknown) => failures.push(`${i} ${labels[i]}: ${String(error)}`))
        try {
          checkEnd(set.world)
        } catch (error) {
          failures.push(`held ${i} ${labels[i]} then ${rest} chapters: ${String(error)}`)
        }
      }
    expect(failures).toEqual([])
  },
)
