import { expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { names } from '../../shared/documents/names.ts'
import { aFleet } from './fleet.ts'
import { isTimer } from './fleet-breaks.ts'
import type { Break, Fate, Sent } from './fleet-breaks.ts'
import type { Fleet } from './fleet.ts'
import { addBystander, aPlane, isOver, LIFE, pictureOf, PLANE, turnPage } from './fleet-life.ts'
import type { Chapter } from './fleet-life.ts'
import { PROJECT } from './life-cloud.ts'

const CALM = 'calm'

/** A life in which nothing breaks: the requests that change something, as `chapter request`. */
async function calmLife(fleet: Fleet): Promise<readonly string[]> {
  for (const chapter of LIFE) {
    const ref = await turnPage(fleet, CALM, chapter)
    await fleet.until(ref.uid, isOver(fleet, ref, chapter))
  }
  return fleet.sent.filter((sent) => sent.changes && !isTimer(sent) && sent.chapter !== 'create').map(inWords)
}

const inWords = ({ chapter, line }: Sent): string => `${chapter} ${line}`

/** The change with this number, in whatever chapter. */
const change = (fate: Fate, number: number): Break => ({
  fate,
  matches: (sent, index) => sent.changes && !isTimer(sent) && index === number,
})

/** So many timers in a row. */
const timers = (fate: Fate, times: number): Break => ({ fate, times, matches: isTimer })

async function addBystanders(fleet: Fleet, { planeUid, uid }: AgentRef): Promise<void> {
  const place = { project: PROJECT, region: '', zone: '', planeUid, uid }
  const account = `${names.account(place)}@${PROJECT}.iam.gserviceaccount.com`
  await addBystander(fleet, `projects/${PROJECT}/serviceAccounts/${account}`)
  await addBystander(fleet, `projects/${PROJECT}/secrets/${names.secret(place, 'notes')}`)
}

/** Everybody lives one chapter; the first of them calmly, and the others must come to look like it. */
async function liveChapter(fleet: Fleet, chapter: Chapter, breaks: ReadonlyMap<string, Break>): Promise<void> {
  const refs: AgentRef[] = []
  for (const [name, broken] of breaks) refs.push(await turnPage(fleet, name, chapter, broken))
  for (const ref of refs) await fleet.until(ref.uid, isOver(fleet, ref, chapter))
  if (chapter.name === 'add') for (const ref of refs) await addBystanders(fleet, ref)
  const pictures = new Map(refs.map(({ name, uid }) => [name, pictureOf(fleet, uid)]))
  const calm = chapter.phase === 'Purged' ? [] : pictures.values().next().value
  for (const [name, picture] of pictures) expect(picture, `${chapter.name}: ${name}`).toEqual(calm)
}

test.each([
  ['does not reach the cloud', 'lostRequest'],
  ['loses its answer', 'lostAnswer'],
  ['is the last that its function does', 'crash'],
] as const)('every life comes right in which one change of each chapter %s', async (_, fate) => {
  const fleet = await aFleet()
  const plane = await aPlane(fleet)
  const calm = await calmLife(fleet)
  const most = Math.max(...LIFE.map(({ name }) => calm.filter((words) => words.startsWith(`${name} `)).length))
  const breaks = new Map<string, Break>([['first', { fate, matches: () => false }]])
  for (let number = 0; number < most; number++) breaks.set(`n${number}`, change(fate, number))
  for (const times of [1, 3]) breaks.set(`timers-${times}`, timers(fate, times))
  for (const chapter of LIFE) await liveChapter(fleet, chapter, breaks)
  expect(fleet.doubles()).toEqual([])
  const broken = fleet.broken.filter((sent) => !isTimer(sent)).map(inWords)
  expect(broken.toSorted()).toEqual(calm.toSorted())
  await fleet.putPlane('acme', { ...PLANE, desiredState: 'removed' })
  await fleet.until(plane.uid, ({ phase }) => phase === 'Purged')
  expect(pictureOf(fleet, plane.uid)).toEqual([])
})
