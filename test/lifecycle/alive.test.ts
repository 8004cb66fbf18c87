import { describe, expect, test } from 'vitest'
import type { Heartbeat, Lease } from '../../shared/documents/heartbeat.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { isProof } from '../../shared/documents/evidence.ts'
import { aliveOf, channelsOf, isOverruled, isUpAfterAll, newestOf } from '../../shared/lifecycle/alive.ts'
import { aPlaneStatus, aReadyStatus, aSpec, aStatus, NOW_MS } from '../fakes/builders.ts'

const NOW_S = NOW_MS / 1000
const STARTED_MS = NOW_MS - 60_000

const aLease = (fields: Partial<Lease> = {}): Lease => ({
  instanceId: 'machine-1',
  sub: 'account-1',
  iatS: NOW_S,
  seenAtMs: NOW_MS,
  ready: true,
  failing: [],
  appliedGeneration: 'g1',
  ...fields,
})

const aHeartbeat = (claims: Partial<Heartbeat['claims']> = {}): Heartbeat => ({
  claims: {
    sub: 'account-1',
    email: 'ada@acme-project',
    instanceId: 'machine-1',
    zone: 'us-east4-a',
    projectId: 'acme-project',
    projectNumber: '4711',
    iatS: NOW_S,
    ...claims,
  },
  body: { appliedGeneration: 'g1', ready: true, failing: [], first: false },
  receivedAtMs: NOW_MS,
})

test.each<[string, Partial<Lease>, boolean]>([
  ['from the recorded machine', {}, true],
  ['from another machine', { instanceId: 'machine-2' }, false],
  ['from another account', { sub: 'account-2' }, false],
  ['minted before the machine started', { iatS: STARTED_MS / 1000 - 1 }, false],
  ['minted in the second the machine started, at its beginning', { iatS: STARTED_MS / 1000 }, true],
  ['received long before the machine started', { seenAtMs: STARTED_MS - 60_000 }, false],
  ['received by a clock that is a little behind', { seenAtMs: STARTED_MS - 59_999 }, true],
])('whether a heartbeat %s is proof', (_, fields, expected) => {
  expect(isProof(aLease(fields), aReadyStatus().resources)).toBe(expected)
})

test.each<[string, Partial<Heartbeat['claims']>, Partial<Lease>, boolean]>([
  ['played once more', {}, {}, true],
  ['overtaken', {}, { iatS: NOW_S + 1 }, true],
  ['newer than what is booked', {}, { iatS: NOW_S - 1 }, false],
  ['of the recorded machine in the second in which a former one spoke', {}, { instanceId: 'machine-0' }, false],
  ['of a former machine after the recorded one spoke', { instanceId: 'machine-0', iatS: NOW_S + 1 }, {}, true],
])('whether a heartbeat %s is overruled by what is booked', (_, claims, booked, expected) => {
  expect(isOverruled(aReadyStatus(), aHeartbeat(claims), aLease(booked))).toBe(expected)
})

test('a heartbeat of the very second of a start may be older than it, and proves nothing', () => {
  const resources = aReadyStatus().resources
  const machine = { ...resources['machine'], startedAtMs: STARTED_MS + 400 }
  expect(isProof(aLease({ iatS: STARTED_MS / 1000 }), { ...resources, machine })).toBe(false)
  expect(isProof(aLease({ iatS: STARTED_MS / 1000 + 1 }), { ...resources, machine })).toBe(true)
})

describe('a runtime that gave up on its machine', () => {
  const failed = { state: 'failed', attempt: 9, reason: 'AwaitingHeartbeat' } as const
  const status = (fields: Partial<AgentStatus> = {}) => aReadyStatus({ steps: { runtime: failed }, ...fields })
  test.each<[string, AgentStatus, Lease | undefined, boolean]>([
    ['is looked at again when it reports', status(), aLease(), true],
    ['is left when nothing reports', status(), undefined, false],
    ['is left when what reports is not ready', status(), aLease({ ready: false }), false],
    ['is left when it runs something else', status(), aLease({ appliedGeneration: 'g0' }), false],
    ['is left when another machine reports', status(), aLease({ instanceId: 'machine-0' }), false],
    ['is left when the agent is to stop', status({ target: 'parked' }), aLease(), false],
    [
      'is left when its function dies every time',
      status({ steps: { runtime: { ...failed, reason: 'Interrupted' } } }),
      aLease(),
      false,
    ],
    ['has not, when it is ready', aReadyStatus(), aLease(), false],
  ])('%s', (_, given, lease, expected) => {
    expect(isUpAfterAll(given, lease)).toBe(expected)
  })
})

test('nothing is proof of an agent that has no account or no machine', () => {
  const { identity, machine } = aReadyStatus().resources
  expect(isProof(aLease(), identity ? { identity } : {})).toBe(false)
  expect(isProof(aLease(), machine ? { machine } : {})).toBe(false)
  expect(isProof(aLease({ instanceId: '', sub: '' }), { identity: {}, machine: {} })).toBe(false)
})

const PLANE = aPlaneStatus({ resources: { services: { projectNumber: '4711' } } })

const newest = (heartbeats: readonly Heartbeat[], booked?: Lease): number | undefined =>
  newestOf(aReadyStatus(), heartbeats, booked, PLANE)?.iatS

describe('the newest heartbeat', () => {
  test.each<[string, readonly Partial<Heartbeat['claims']>[], number | undefined]>([
    ['of none is none', [], undefined],
    [
      'of several is the one that was minted last',
      [{ iatS: NOW_S - 20 }, { iatS: NOW_S - 5 }, { iatS: NOW_S - 9 }],
      NOW_S - 5,
    ],
    ['of another zone is none', [{ zone: 'us-east4-b' }], undefined],
    ['of another project is none', [{ projectId: 'other' }], undefined],
    ['of a project of another number is none', [{ projectNumber: '4712' }], undefined],
    ['of another machine is none', [{ instanceId: 'machine-2', iatS: NOW_S + 9 }], undefined],
    ['of a machine before its start is none', [{ iatS: STARTED_MS / 1000 - 30 }], undefined],
  ])('%s', (_, claims, expected) => {
    expect(newest(claims.map((fields) => aHeartbeat(fields)))).toBe(expected)
  })

  test('is newer than the booked one of that machine, or none', () => {
    expect(newest([aHeartbeat()], aLease({ iatS: NOW_S }))).toBeUndefined()
    expect(newest([aHeartbeat()], aLease({ iatS: NOW_S + 1 }))).toBeUndefined()
    expect(newest([aHeartbeat()], aLease({ iatS: NOW_S - 1 }))).toBe(NOW_S)
  })

  test('of a new machine counts however new the booked one of the former was', () => {
    expect(newest([aHeartbeat()], aLease({ instanceId: 'machine-0', iatS: NOW_S + 50 }))).toBe(NOW_S)
  })

  test('is not asked for the number of its project before its plane knows it, nor by another plane', () => {
    const [of, number] = [[aHeartbeat()], { services: { projectNumber: '4712' } }]
    expect(newestOf(aReadyStatus(), of, undefined, aPlaneStatus())?.iatS).toBe(NOW_S)
    expect(newestOf(aReadyStatus(), of, undefined, aPlaneStatus({ resources: number }))).toBeUndefined()
    expect(newestOf(aReadyStatus(), of, undefined, aPlaneStatus({ uid: 'other', resources: number }))?.iatS).toBe(NOW_S)
  })

  test('of an agent that was never pinned is none', () => {
    const { pinned: _, ...unpinned } = aStatus()
    expect(newestOf(unpinned, [aHeartbeat()], undefined)).toBeUndefined()
  })
})

const silent = (ms: number): Lease => aLease({ seenAtMs: NOW_MS - ms, iatS: NOW_S - 1 })

test.each<[string, Lease | undefined, string | undefined]>([
  ['one just now', aLease(), 'True HeartbeatVerified'],
  ['one two and a half intervals ago', silent(60_000), 'True HeartbeatVerified'],
  ['a gateway that is not ready', aLease({ ready: false, failing: ['telegram'] }), 'False GatewayNotReady'],
  ['one of another machine', aLease({ instanceId: 'machine-2' }), undefined],
  ['none', undefined, undefined],
])('with %s a vm is alive so', (_, lease, expected) => {
  const alive = aliveOf(aReadyStatus(), lease, NOW_MS)
  expect(alive && `${alive.status} ${alive.reason}`).toBe(expected)
})

test.each([
  ['vm', 150_000],
  ['kubernetes', 150_000],
  ['process', 25_000],
] as const)(
  'a %s is late after %i ms of silence, counted from its last heartbeat or from when it was proven',
  (backend, lateMs) => {
    const { pinned } = aStatus()
    const status = aReadyStatus(pinned ? { pinned: { ...pinned, backend } } : {})
    const sinceMs = status.steps['runtime']?.sinceMs ?? 0
    expect(aliveOf(status, undefined, sinceMs + lateMs)).toBeUndefined()
    expect(aliveOf(status, undefined, sinceMs + lateMs + 1)).toMatchObject({
      status: 'Unknown',
      reason: 'HeartbeatLate',
    })
    expect(aliveOf(status, aLease(), NOW_MS + lateMs)?.status).toBe('True')
    expect(aliveOf(status, aLease(), NOW_MS + lateMs + 1)?.status).toBe('Unknown')
  },
)

test('of an agent that is stopped, being removed or not proven yet there is nothing to say', () => {
  for (const status of [
    aReadyStatus({ target: 'parked' }),
    aReadyStatus({ target: 'absent' }),
    aReadyStatus({ steps: { runtime: { state: 'waiting', attempt: 1 } } }),
  ])
    expect(aliveOf(status, undefined, NOW_MS + 9_999_999)).toBeUndefined()
})

test.each<[string, Lease['channels'], unknown]>([
  ['connected', { telegram: 'connected', whatsapp: 'connected' }, { status: 'True', reason: 'Connected' }],
  [
    'unpaired',
    { telegram: 'connected', whatsapp: 'unpaired' },
    { status: 'False', message: 'whatsapp has to be paired by its owner' },
  ],
  [
    'unheard of',
    { telegram: 'disconnected' },
    { status: 'False', message: 'telegram is not connected; whatsapp needs its secrets from its owner' },
  ],
])('channels that are %s say so', (_, channels, expected) => {
  const status = aReadyStatus({ accepted: aSpec({ channels: [{ kind: 'telegram' }, { kind: 'whatsapp' }] }) })
  expect(channelsOf(status, aLease(channels ? { channels } : {}))).toMatchObject(Object(expected))
})

test('channels of an agent that has none, is stopped or has not reported are not judged', () => {
  const accepted = aSpec({ channels: [{ kind: 'telegram' }] })
  const lease = aLease({ channels: { telegram: 'unpaired' } })
  expect(channelsOf(aReadyStatus(), lease)).toBeUndefined()
  expect(channelsOf(aReadyStatus({ accepted, target: 'parked' }), lease)).toBeUndefined()
  expect(channelsOf(aReadyStatus({ accepted }), aLease())).toBeUndefined()
})
