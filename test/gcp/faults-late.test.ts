import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { aFleet } from './fleet.ts'
import { isTimer } from './fleet-breaks.ts'
import type { Break, Fate, Sent } from './fleet-breaks.ts'
import type { Fleet } from './fleet.ts'
import { aPlane, isOver, LIFE, pictureOf, turnPage } from './fleet-life.ts'
import type { Chapter } from './fleet-life.ts'

/** Functions give a silent cloud up by the computer's clock: so many lives are over before that. */
const SIDE_BY_SIDE = 8

/** A request of a chapter: the change with this number, or the first of this kind. */
type Held = { readonly name: string; readonly chapter: string; readonly matches: Break['matches'] }

/** The requests of a calm life, without timers. */
async function calmRequests(fleet: Fleet): Promise<readonly Sent[]> {
  for (const chapter of LIFE) {
    const ref = await turnPage(fleet, 'calm', chapter)
    await fleet.until(ref.uid, isOver(fleet, ref, chapter))
  }
  return fleet.sent.filter((one) => one.chapter !== 'create' && !isTimer(one))
}

/** Every change of a chapter. */
function changesIn(chapter: string, sent: readonly Sent[]): readonly Held[] {
  const { length } = sent.filter((one) => one.chapter === chapter && one.changes)
  return Array.from({ length }, (_, number): Held => {
    const matches: Break['matches'] = (one, index) => one.changes && !isTimer(one) && index === number
    return { name: `${chapter}-${number}`, chapter, matches }
  })
}

/** Every kind of request once: a function may act much later on the answer to a question, too. */
function kindsIn(sent: readonly Sent[]): readonly Held[] {
  const firsts = new Map<string, Sent>()
  for (const one of sent) if (!firsts.has(one.line)) firsts.set(one.line, one)
  return [...firsts.values()].map(({ line, chapter }, number): Held => {
    return { name: `kind-${number}`, chapter, matches: (one) => one.line === line }
  })
}

const chunks = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / SIDE_BY_SIDE) }, (_, n) =>
    all.slice(n * SIDE_BY_SIDE, (n + 1) * SIDE_BY_SIDE),
  )

/** Everybody lives one chapter, each with one request of it held back. */
async function live(fleet: Fleet, chapter: Chapter, ones: readonly Held[], fate: Fate): Promise<readonly AgentRef[]> {
  const refs: AgentRef[] = []
  for (const { name, chapter: of, matches } of ones)
    refs.push(await turnPage(fleet, name, chapter, of === chapter.name ? { fate, matches } : undefined))
  for (const ref of refs) await fleet.until(ref.uid, isOver(fleet, ref, chapter))
  return refs
}

/** Steps that somebody is at work on. */
const leasesOf = ({ store }: Fleet, uid: string): readonly string[] =>
  Object.entries(store.status(uid)?.steps ?? {}).flatMap(([name, { state }]) => (state === 'doing' ? [name] : []))

test('nothing is left of an agent one of whose functions stood still at a request and went on when the agent was gone', async () => {
  const fleet = await aFleet()
  await aPlane(fleet)
  const ones = kindsIn(await calmRequests(fleet))
  for (const some of chunks(ones)) {
    let refs: readonly AgentRef[] = []
    for (const chapter of LIFE) refs = await live(fleet, chapter, some, 'stalled')
    expect(fleet.held()).toBe(some.length)
    for (const { uid } of refs) expect(leasesOf(fleet, uid)).toEqual([])
    const before = fleet.sent.length
    await fleet.release()
    // Whoever stood still finds its attempt over, and changes nothing more.
    expect(fleet.sent.slice(before).filter((one) => one.changes && !isTimer(one))).toEqual([])
    for (const { uid } of refs) await fleet.until(uid, () => pictureOf(fleet, uid).length === 0)
    for (const { uid } of refs) expect(fleet.store.status(uid)?.phase).toBe('Purged')
  }
  expect(fleet.doubles()).toEqual([])
})

test('everything is as it is wanted soon after a request arrived for which a function had waited in vain', async () => {
  const fleet = await aFleet()
  await aPlane(fleet)
  const sent = await calmRequests(fleet)
  const ones = LIFE.flatMap(({ name }) => changesIn(name, sent))
  for (const chapter of LIFE) {
    const own = ones.filter(({ chapter: of }) => of === chapter.name)
    const calm: Held = { name: 'calm-beside', chapter: 'none', matches: () => false }
    const [beside, ...refs] = await live(fleet, chapter, [calm, ...numbered(own, ones)], 'late')
    expect(fleet.held()).toBe(own.length)
    await fleet.release()
    const wanted = pictureOf(fleet, beside?.uid ?? '')
    for (const { uid } of refs) await fleet.until(uid, () => isDeepStrictEqual(pictureOf(fleet, uid), wanted))
  }
  expect(fleet.doubles()).toEqual([])
})

/** The same lives in every chapter, of which some have a request held back. */
function numbered(own: readonly Held[], all: readonly Held[]): readonly Held[] {
  const most = Math.max(...LIFE.map(({ name }) => all.filter(({ chapter }) => chapter === name).length))
  const none: Omit<Held, 'name'> = { chapter: 'none', matches: () => false }
  return Array.from({ length: most }, (_, n) => ({ ...none, ...own[n], name: `n${n}` }))
}
