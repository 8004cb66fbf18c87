import { expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { aFleet } from './fleet.ts'
import type { Break, Fate, Sent } from './fleet-breaks.ts'
import type { Fleet } from './fleet.ts'
import { ADDED, aPlane, isOver, LIFE, pictureOf, REMOVED, turnPage } from './fleet-life.ts'
import type { Chapter } from './fleet-life.ts'

type Kinds = ReadonlyMap<string, readonly string[]>

/** Requests of a calm life, each kind once, by chapter; without the timers, which chance decides about. */
async function kindsIn(fleet: Fleet, of: RegExp): Promise<Kinds> {
  for (const chapter of LIFE) {
    const ref = await turnPage(fleet, 'calm', chapter)
    await fleet.until(ref.uid, isOver(fleet, ref, chapter))
  }
  const lines = (name: string): readonly string[] =>
    fleet.sent.filter(({ chapter, line }) => chapter === name && !line.includes('/tasks')).map(({ line }) => line)
  return new Map(LIFE.map(({ name }) => [name, [...new Set(lines(name))].filter((line) => of.test(line))]))
}

const OPERATIONS = /^(?:DELETE|POST) \/compute.*\/(?:disks|instances|start|stop|addRule|removeRule)(?:\/\*)?$/

/** What is broken in which way: requests that match, and how often in a row. */
const BURSTS: readonly (readonly [fate: Fate, of: RegExp, times: number])[] = [
  ['unavailable', /./, 2],
  ['rateLimited', /^(?:DELETE|PATCH)|(?:disks|instances|secrets|serviceAccounts|setIamPolicy|Rule|start|stop)$/, 2],
  ['quotaExceeded', /^POST .*\/(?:disks|instances|secrets|serviceAccounts|start)$/, 1],
  ['staleEtag', /setIamPolicy$/, 2],
  ['operationFails', OPERATIONS, 1],
  ['operationEndless', OPERATIONS, 1],
  ['operationForgotten', OPERATIONS, 1],
  ['operationQuota', /^POST .*\/(?:disks|instances|start)$/, 1],
  ['conflictOurs', /^POST .*\/(?:disks|instances|secrets|serviceAccounts|addRule)$/, 1],
]

/** Many lives side by side, each with another kind of request broken in every chapter, and one with none. */
async function liveAll(fleet: Fleet, kinds: Kinds, breakOn: (line: string) => Break): Promise<void> {
  const most = Math.max(...[...kinds.values()].map(({ length }) => length))
  for (const chapter of LIFE) {
    const lines = [undefined, ...(kinds.get(chapter.name) ?? [])]
    const refs: AgentRef[] = []
    for (let n = 0; n <= most; n++) {
      const line = lines[n]
      refs.push(await turnPage(fleet, `n${n}`, chapter, line === undefined ? undefined : breakOn(line)))
    }
    for (const ref of refs) await fleet.until(ref.uid, isOver(fleet, ref, chapter))
    expectAlike(fleet, chapter, refs, lines)
  }
}

function expectAlike(
  fleet: Fleet,
  { name, phase }: Chapter,
  refs: readonly AgentRef[],
  lines: readonly (string | undefined)[],
): void {
  const pictures = refs.map(({ uid }) => pictureOf(fleet, uid))
  const wanted = phase === 'Purged' ? [] : pictures[0]
  pictures.forEach((picture, n) => expect(picture, `${name}: ${lines[n] ?? 'calm'}`).toEqual(wanted))
}

const inWords = ({ chapter, line }: Pick<Sent, 'chapter' | 'line'>): string => `${chapter} ${line}`

test.each(BURSTS)(
  'every life comes right in which the cloud answers one kind of request of each chapter %s',
  async (fate, of, times) => {
    const fleet = await aFleet()
    await aPlane(fleet)
    const kinds = await kindsIn(fleet, of)
    await liveAll(fleet, kinds, (wanted) => ({ fate, times, matches: ({ line }) => line === wanted }))
    expect(fleet.doubles()).toEqual([])
    const all = [...kinds].flatMap(([chapter, lines]) => lines.map((line) => inWords({ chapter, line })))
    expect([...new Set(fleet.broken.map(inWords))].toSorted()).toEqual(all.toSorted())
  },
)

const onceAt = (fate: Fate, path: string): Break => ({
  fate,
  matches: ({ line }) => line.startsWith('POST ') && line.endsWith(path),
})

const bodyOf = ({ cloud }: Fleet, collection: 'accounts' | 'secrets' | 'disks' | 'instances', uid: string) =>
  cloud.world.store.list(collection, 'projects/').find(({ name }) => name.includes(uid))?.body

test.each([
  ['an account', 'accounts', '/serviceAccounts', 'identity'],
  ['a secret', 'secrets', '/secrets', 'secrets'],
  ['a disk', 'disks', '/disks', 'disk'],
  ['a machine', 'instances', '/instances', 'machine'],
] as const)(
  '%s of somebody else’s under an agent’s name stops it, and is left as it was',
  async (_, kind, path, step) => {
    const fleet = await aFleet()
    await aPlane(fleet)
    const { uid } = await turnPage(fleet, 'ada', ADDED, onceAt('conflictForeign', path))
    const status = await fleet.until(uid, ({ phase }) => phase === 'Failed')
    expect(status.steps[step]).toMatchObject({ state: 'failed', reason: 'NameConflict' })
    const foreign = bodyOf(fleet, kind, uid)
    expect(JSON.stringify(foreign)).toMatch(/made by somebody else|somebody-else/)
    await turnPage(fleet, 'ada', REMOVED)
    const laterMs = fleet.clock.nowMs() + 600_000
    await fleet.until(uid, ({ steps }) => steps['access']?.state === 'gone' && fleet.clock.nowMs() > laterMs)
    expect(bodyOf(fleet, kind, uid)).toEqual(foreign)
  },
)

test.each([
  ['a disk', '/disks'],
  ['a machine', '/instances'],
] as const)('an agent moves where there is room when its zone has none for %s', async (_, path) => {
  const fleet = await aFleet()
  await aPlane(fleet)
  const ref = await turnPage(fleet, 'ada', ADDED, onceAt('stockout', path))
  const status = (await fleet.until(ref.uid, isOver(fleet, ref, ADDED))) as AgentStatus
  const { zone, left } = status.pinned ?? {}
  expect(left).toHaveLength(1)
  expect(left).not.toContain(zone)
  expect(fleet.doubles()).toEqual([])
  expect(asText(bodyOf(fleet, 'instances', ref.uid)?.['zone'])).toMatch(new RegExp(`${zone ?? ''}$`))
  await turnPage(fleet, 'ada', REMOVED)
  await fleet.until(ref.uid, ({ phase }) => phase === 'Purged')
  expect(pictureOf(fleet, ref.uid)).toEqual([])
})
