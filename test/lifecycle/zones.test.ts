import { describe, expect, test } from 'vitest'
import type { AgentStatus, Pinned, Resource } from '../../shared/documents/status.ts'
import { waiting } from '../../shared/documents/outcome.ts'
import { acceptAgent } from '../../shared/lifecycle/accept-agent.ts'
import { DEADLINES_MS } from '../../shared/lifecycle/definition.ts'
import { record } from '../../shared/lifecycle/attempt.ts'
import { afterStockout, movedTo, rotationOf } from '../../shared/lifecycle/zones.ts'
import { aPlaneSpec, aPlaneStatus, aPlaneView, aSpec, aStatus, aView, NOW_MS } from '../fakes/builders.ts'

const [A, B, C] = ['us-east4-a', 'us-east4-b', 'us-east4-c'] as const
const found = { resources: { services: { zones: `${A} ${B} ${C}` } } }
const given = { accepted: aPlaneSpec({ zones: [B, C] }) }

test.each([
  ['its own zone and no other', { ...found, ...given }, A, 'x', [A]],
  ["its plane's zones", { ...found, ...given }, undefined, 'b', [B, C]],
  ["its plane's zones, begun elsewhere", { ...found, ...given }, undefined, 'a', [C, B]],
  ["its region's zones", found, undefined, 'b', [C, A, B]],
  ["its region's zones, begun elsewhere", found, undefined, 'c', [A, B, C]],
  ['where its plane is, when no zones are known', { resources: { services: { zones: '' } } }, undefined, 'a', [A]],
  ['where its plane is, when none were looked for', { resources: { services: {} } }, undefined, 'a', [A]],
  ['nothing yet, before the plane has looked', {}, undefined, 'a', undefined],
])('an agent may be in %s', (_, plane, wanted, uid, rotation) => {
  expect(rotationOf(aPlaneStatus(plane), wanted, uid)).toEqual(rotation)
})

const pinned = (fields: Partial<Pinned> = {}): Pinned => ({
  owner: 'ada@acme.com',
  backend: 'vm',
  project: 'acme-project',
  region: 'us-east4',
  zone: A,
  zones: [A, B, C],
  ...fields,
})
const ran: Readonly<Record<string, Resource>> = { machine: { id: 'machine-1' } }

const note = (where: Partial<Pinned>, status: Partial<AgentStatus> = {}) =>
  afterStockout(aStatus(status), pinned(where), 1).note

describe('an agent whose zone has no room', () => {
  test.each<[string, Partial<Pinned>, Partial<AgentStatus>, number, string, string[] | undefined]>([
    ['takes the next', {}, {}, 1, B, [A]],
    ['takes the one after that', { zone: B, left: [A] }, {}, 1, C, [A, B]],
    ['waits once all were tried', { zone: C, left: [A, B] }, {}, 1, C, [A, B]],
    ['goes round again when it has waited long', { zone: C, left: [A, B] }, {}, 10, A, [B, C]],
    ['waits where its data is', {}, { resources: ran }, 99, A, undefined],
    ['waits when it may be nowhere else', { zones: [A] }, {}, 99, A, undefined],
    ['waits when it was pinned before there were rotations', { zones: undefined }, {}, 99, A, undefined],
    ['goes on when it stopped before it ever ran', {}, { resources: { machine: {} } }, 1, B, [A]],
  ])('%s', (_, where, status, attempt, zone, left) => {
    const after = afterStockout(aStatus(status), pinned(where), attempt)
    expect([after.pinned.zone, after.pinned.left]).toEqual([zone, left])
  })

  test('says where it goes, or why it stays', () => {
    expect(note({})).toBe('it moves from us-east4-a to us-east4-b')
    expect(note({}, { resources: ran })).toBe('its disk holds data, so it waits for room in us-east4-a')
    expect(note({ zones: [A] })).toBe('it may be in no other zone, so it waits for room in us-east4-a')
    expect(note({ zone: C, left: [A, B] })).toBe('every zone was tried, so it waits a while for room in us-east4-c')
  })
})

test('the zones that were left are each on record once, and the present one is not among them', () => {
  const there = movedTo(pinned(), B)
  const back = movedTo(there, A)
  expect([there.left, back.left, movedTo(back, B).left]).toEqual([[A], [B], [A]])
})

const trying = (fields: Partial<AgentStatus> = {}) =>
  aStatus({
    pinned: pinned(),
    steps: {
      machine: { state: 'doing', op: 'op7', want: 'w', attempt: 1, sinceMs: NOW_MS - DEADLINES_MS.machine - 1 },
    },
    ...fields,
  })
const stockout = waiting('Stockout', 'zone us-east4-a is full')

describe('an attempt that ends with', () => {
  test('no room moves the agent, and its deadline begins anew', () => {
    const after = record(trying(), 'machine', 'op7', stockout, NOW_MS)
    expect(after.pinned?.zone).toBe(B)
    expect(after.steps['machine']).toMatchObject({
      state: 'waiting',
      message: 'zone us-east4-a is full; it moves from us-east4-a to us-east4-b',
      sinceMs: NOW_MS,
    })
  })

  test('no room moves nothing that is to go, and nothing for an attempt that is over', () => {
    const going = trying({ target: 'absent' })
    expect(record(going, 'machine', 'op7', stockout, NOW_MS).pinned).toEqual(pinned())
    expect(record(trying(), 'machine', 'op8', stockout, NOW_MS).pinned).toEqual(pinned())
  })

  test('data found elsewhere brings the agent back to it', () => {
    const away = trying({ pinned: pinned({ zone: B, left: [A] }) })
    const outcome = { is: 'waiting', reason: 'DataElsewhere', backTo: A } as const
    expect(record(away, 'machine', 'op7', outcome, NOW_MS).pinned).toMatchObject({ zone: A, left: [B] })
  })
})

const accept = (status: AgentStatus | undefined, plane: Parameters<typeof aPlaneStatus>[0]) =>
  acceptAgent(aView({ status, plane: aPlaneView({ status: aPlaneStatus(plane) }) }), NOW_MS)?.pinned

describe('the zones of an agent', () => {
  test('are filled in when the plane has found them, while nothing was begun', () => {
    const early = accept(undefined, {})
    expect(early).not.toHaveProperty('zones')
    expect(accept(aStatus({ pinned: early }), found)).toMatchObject({ zones: [B, C, A], zone: B })
  })

  test('are not changed once they are there, nor once something was begun', () => {
    expect(accept(aStatus({ pinned: pinned() }), { ...found, ...given })).toEqual(pinned())
    const { zones: _, ...old } = pinned()
    const begun = aStatus({ pinned: old, steps: { disk: { state: 'idle', attempt: 0 } } })
    expect(accept(begun, found)).toEqual(old)
  })

  test('of a spec that names one are that one', () => {
    const view = aView({ spec: aSpec({ zone: C }), plane: aPlaneView({ status: aPlaneStatus(found) }) })
    expect(acceptAgent(view, NOW_MS)?.pinned).toMatchObject({ zone: C, zones: [C] })
  })
})
