import { expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { aFleet } from './fleet.ts'
import { isTimer } from './fleet-breaks.ts'
import type { MessageFate } from './fleet-post.ts'
import type { Fleet } from './fleet.ts'
import { aPlane, isOver, LIFE, pictureOf, turnPage } from './fleet-life.ts'
import type { Chapter } from './fleet-life.ts'

/** On which topics each chapter of a calm life sends something. */
async function topicsByChapter(fleet: Fleet): Promise<ReadonlyMap<Chapter, readonly string[]>> {
  const topics = new Map<Chapter, readonly string[]>()
  for (const chapter of LIFE) {
    const ref = await turnPage(fleet, 'calm', chapter)
    await fleet.until(ref.uid, isOver(fleet, ref, chapter))
    topics.set(chapter, fleet.topicsOf(ref.uid))
  }
  return topics
}

/** Somebody, and the topic on which the next message goes astray. */
type Astray = { readonly name: string; readonly topic?: string | undefined }

async function live(
  fleet: Fleet,
  chapter: Chapter,
  all: readonly Astray[],
  fate: MessageFate,
): Promise<readonly AgentRef[]> {
  const refs: AgentRef[] = []
  for (const { name, topic } of all) {
    const { uid } = fleet.store.putAgent('acme', name, chapter.fields)
    if (topic !== undefined) fleet.astray(uid, topic, fate)
    refs.push(await turnPage(fleet, name, chapter))
  }
  for (const ref of refs) await fleet.until(ref.uid, isOver(fleet, ref, chapter))
  return refs
}

test.each(['lost', 'doubled'] as const)(
  'every life comes right in which one message of each kind is %s in each chapter',
  async (fate) => {
    const fleet = await aFleet()
    await aPlane(fleet)
    const topics = await topicsByChapter(fleet)
    const most = Math.max(...[...topics.values()].map(({ length }) => length))
    for (const [chapter, all] of topics) {
      const before = fleet.strayed()
      const lives = Array.from({ length: most }, (_, n) => ({ name: `n${n}`, topic: all[n] }))
      const refs = await live(fleet, chapter, [{ name: 'calm-beside' }, ...lives], fate)
      const [calm, ...pictures] = refs.map(({ uid }) => pictureOf(fleet, uid))
      pictures.forEach((picture, n) => expect(picture, `${chapter.name}: ${all[n]}`).toEqual(calm))
      expect(fleet.strayed() - before).toBe(all.length)
    }
    expect(fleet.doubles()).toEqual([])
  },
)

test('a message that comes when its agent is gone changes nothing', async () => {
  const fleet = await aFleet()
  await aPlane(fleet)
  const topics = await topicsByChapter(fleet)
  let refs: readonly AgentRef[] = []
  for (const chapter of LIFE) {
    const lives = [...topics].flatMap(([of, all]) =>
      all.map((topic, n) => ({ name: `${of.name}-${n}`, topic: of === chapter ? topic : undefined })),
    )
    refs = await live(fleet, chapter, lives, 'late')
  }
  expect(fleet.held()).toBe(refs.length)
  const before = fleet.sent.length
  await fleet.release()
  expect(fleet.sent.slice(before).filter((one) => one.changes && !isTimer(one))).toEqual([])
  for (const { uid } of refs) expect(pictureOf(fleet, uid)).toEqual([])
})
