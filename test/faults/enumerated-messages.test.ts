import { expect, test } from 'vitest'
import type { World } from '../fakes/world.ts'
import { checkEnd } from './invariants.ts'
import { thingsOf, worldOf } from './picture.ts'
import { LIFE, live } from './script.ts'

/** What becomes of one message of a life. `late` comes when everything else is over. */
type Way = 'lost' | 'doubled' | 'late'

type Astray = {
  readonly prepare: (world: World) => void
  readonly arrive: () => void
  readonly count: () => number
}

/** Sends the message of this index its own way. `arrive` delivers the late one. */
function astray(index: number, way: Way): Astray {
  let count = 0
  let arrive: (() => void) | undefined
  return {
    prepare: (world) => {
      const deliver = world.deliver.bind(world)
      world.deliver = (delivery, skewMs) => {
        count += 1
        if (count - 1 !== index) return deliver(delivery, skewMs)
        if (way === 'late') arrive = () => deliver(delivery)
        if (way === 'doubled') for (let copy = 0; copy < 2; copy++) deliver(delivery, skewMs)
      }
    },
    arrive: () => arrive?.(),
    count: () => count,
  }
}

type Lived = { readonly world: string; readonly things: string; readonly count: number }

/** One life with one message astray: how it ends, and how many messages there were. */
async function lived(chapters: number, index: number, way: Way): Promise<Lived> {
  const message = astray(index, way)
  const { driver, world } = await live(chapters, undefined, message.prepare)
  await driver.settle()
  message.arrive()
  await driver.settle()
  checkEnd(world)
  return { world: worldOf(world), things: thingsOf(world), count: message.count() }
}

const calm = (chapters: number) => lived(chapters, -1, 'lost')

const CASES = LIFE.flatMap(({ title }, i) =>
  (['lost', 'doubled', 'late'] as const).map((way) => ({ title, chapters: i + 1, way })),
)

test.each(CASES)(
  'any one message that is $way changes nothing in the end, up to "$title"',
  async ({ chapters, way }) => {
    // What is late comes past the removal as well. Messages of earlier chapters go astray in the runs that end with them.
    const ends = way === 'late' ? [chapters, LIFE.length] : [chapters]
    const first = chapters === 1 ? 0 : (await calm(chapters - 1)).count
    const failures: string[] = []
    for (const end of ends) {
      const expected = await calm(end)
      const last = (await calm(chapters)).count
      for (let index = first; index < last; index++)
        await lived(end, index, way).then(
          (ended) =>
            // A message that was missing while the plane was made leaves an agent that never came to life, and nothing else.
            (end === chapters ? ended.world === expected.world : ended.things === expected.things) ||
            failures.push(`message ${index}, ${end} chapters: ${ended.world}`),
          (error: unknown) => failures.push(`message ${index}, ${end} chapters: ${String(error)}`),
        )
    }
    expect(failures).toEqual([])
  },
)
