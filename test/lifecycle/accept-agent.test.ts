import { describe, expect, test } from 'vitest'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { acceptAgent, SPEC_MISSING_GRACE_MS } from '../../shared/lifecycle/accept-agent.ts'
import {
  aPlaneSpec,
  aPlaneStatus,
  aPlaneView,
  aReadyStatus,
  aSpec,
  aStatus,
  aView,
  NOW_MS,
  refused,
} from '../fakes/builders.ts'

const DAY_MS = 86_400_000

const accept = (parts: Parameters<typeof aView>[0], nowMs = NOW_MS): AgentStatus | undefined =>
  acceptAgent(aView(parts), nowMs)

const planeWith = (fields: Parameters<typeof aPlaneSpec>[0]) =>
  aPlaneView({ status: aPlaneStatus({ accepted: aPlaneSpec(fields) }) })

describe('the first valid spec', () => {
  test('pins owner, backend and place for good', () => {
    expect(accept({ spec: aSpec({ zone: 'us-east4-c', backend: 'process' }) })).toMatchObject({
      owner: 'ada@acme.com',
      target: 'present',
      pinned: {
        owner: 'ada@acme.com',
        backend: 'process',
        project: 'acme-project',
        region: 'us-east4',
        zone: 'us-east4-c',
      },
    })
  })

  test('is spread over the zones of its plane, and always to the same one', () => {
    const zones = ['us-east4-a', 'us-east4-b', 'us-east4-c']
    const zone = accept({ plane: planeWith({ zones }) })?.pinned?.zone
    expect(zones).toContain(zone)
    expect(accept({ plane: planeWith({ zones }) })?.pinned?.zone).toBe(zone)
  })

  test('belongs to the plane that is there now, whichever was there when it was first seen', () => {
    const { pinned: _, accepted: __, ...early } = aStatus({ planeUid: 'otherrrrr2' })
    expect(accept({ status: early })?.planeUid).toBe('planeaaaa2')
    expect(accept({ status: aStatus({ planeUid: 'otherrrrr2' }) })?.planeUid).toBe('otherrrrr2')
  })

  test('pins nothing while the plane itself has not been accepted', () => {
    const { accepted: _, ...unaccepted } = aPlaneStatus()
    const status = accept({ plane: aPlaneView({ status: unaccepted }) })
    expect(status).toMatchObject({ target: 'present', phase: 'Pending' })
    expect(status?.pinned).toBeUndefined()
  })
})

test.each([
  ['running', 'present'],
  ['stopped', 'parked'],
  ['removed', 'absent'],
] as const)('desiredState %s makes the target %s', (desiredState, target) => {
  expect(accept({ spec: aSpec({ desiredState }), status: aStatus() })?.target).toBe(target)
})

test.each(['running', 'stopped', 'removed'] as const)(
  'an absent agent stays absent, though %s is asked for',
  (desiredState) => {
    const status = aStatus({ target: 'absent', purgeAtMs: NOW_MS + DAY_MS })
    expect(accept({ spec: aSpec({ desiredState }), status })).toMatchObject({
      target: 'absent',
      purgeAtMs: NOW_MS + DAY_MS,
    })
  },
)

test.each([
  ['owner', 'bob@acme.com', 'ada@acme.com'],
  ['backend', 'kubernetes', 'vm'],
  ['zone', 'us-east4-c', 'us-east4-a'],
])('an edited %s is rejected by name and changes no pinned value', (field, value, old) => {
  const status = accept({ spec: aSpec({ [field]: value, machineType: 'e2-small' }), status: aReadyStatus() })
  expect(status?.conditions['SpecRejected']).toMatchObject({
    reason: 'Immutable',
    message: `${field} cannot be changed from ${old}; add another agent instead`,
  })
  expect(status).toMatchObject({ pinned: { [field]: old }, owner: 'ada@acme.com' })
  expect(status?.accepted?.machineType).toBe('e2-small')
})

test('what was wrong is forgotten once it is right again', () => {
  const raised = { status: 'True', reason: 'R', sinceMs: 1 } as const
  const conditions = { SpecInvalid: raised, SpecRejected: raised, SpecMissing: raised, Alive: raised }
  expect(Object.keys(accept({ status: aReadyStatus({ conditions }) })?.conditions ?? {})).toEqual(['Alive'])
})

test('an edit that was refused leaves the spec in force, and a stop in it is not heard', () => {
  const before = aReadyStatus()
  expect(accept({ spec: refused('labels', 'must be a record'), status: before })).toEqual({
    ...before,
    conditions: {
      SpecInvalid: { status: 'True', reason: 'SpecInvalid', message: 'labels must be a record', sinceMs: NOW_MS },
    },
  })
})

test.each([
  [['acme.com'], undefined],
  [[], undefined],
  [['other.com', 'example.com'], 'owner must be of other.com or example.com'],
])('an owner at acme.com, where %j may be, is refused with %j', (allowedDomains, message) => {
  expect(accept({ plane: planeWith({ allowedDomains }) })?.conditions['SpecInvalid']?.message).toBe(message)
})

const removal = (fields: object, status: AgentStatus, retentionDays = 3): AgentStatus | undefined =>
  accept({ spec: aSpec({ desiredState: 'removed', ...fields }), status, plane: planeWith({ retentionDays }) })

test('a zone outside the region of its plane is refused, and one that was pinned before stands', () => {
  const elsewhere = aSpec({ zone: 'us-west1-a' })
  const status = accept({ spec: elsewhere })
  expect(status?.pinned).toBeUndefined()
  expect(status?.conditions['SpecInvalid']).toMatchObject({
    reason: 'ZoneElsewhere',
    message: 'zone must be in us-east4, the region of its plane',
  })
  expect(accept({ spec: elsewhere, status: aReadyStatus() })?.conditions['SpecRejected']?.reason).toBe('Immutable')
})

describe('removal', () => {
  test.each<[string, object, AgentStatus, number]>([
    ['keeps the disk for the retention of its plane', {}, aReadyStatus(), NOW_MS + 3 * DAY_MS],
    ['with purge keeps nothing', { purge: true }, aReadyStatus(), NOW_MS],
    ['that goes on does not begin its retention anew', {}, aStatus({ target: 'absent', purgeAtMs: 7 }), 7],
    [
      'that is told to purge later does so then',
      { purge: true },
      aStatus({ target: 'absent', purgeAtMs: NOW_MS + 9 }),
      NOW_MS,
    ],
  ])('%s', (_, fields, status, purgeAtMs) => {
    expect(removal(fields, status)).toMatchObject({ target: 'absent', purgeAtMs })
  })

  test('of what was never pinned keeps nothing', () => {
    expect(removal({}, aStatus({ pinned: undefined }))).toMatchObject({ target: 'absent', purgeAtMs: NOW_MS })
  })

  test('is heard in a document that is refused, purge too', () => {
    const status = accept({ spec: refused('owner', 'is missing', true, true), status: aReadyStatus() })
    expect(status).toMatchObject({ target: 'absent', purgeAtMs: NOW_MS })
  })
})

const missing = (sinceMs: number): AgentStatus =>
  aReadyStatus({ conditions: { SpecMissing: { status: 'True', reason: 'SpecMissing', sinceMs } } })

describe('a spec that is gone', () => {
  test('is said at once and acted upon only after a grace, for an import may bring it', () => {
    const told = accept({ spec: undefined, status: aReadyStatus() })
    expect(told?.conditions['SpecMissing']).toMatchObject({ status: 'True', sinceMs: NOW_MS })
    expect(told?.target).toBe('present')
    expect(accept({ spec: undefined, status: missing(NOW_MS - SPEC_MISSING_GRACE_MS + 1) })?.target).toBe('present')
    expect(accept({ spec: undefined, status: missing(NOW_MS - SPEC_MISSING_GRACE_MS) })?.target).toBe('parked')
  })

  test('leaves nothing of an agent that nothing was made for yet', () => {
    const { pinned: _, ...unmade } = missing(NOW_MS - SPEC_MISSING_GRACE_MS)
    expect(accept({ spec: undefined, status: unmade })).toMatchObject({ target: 'absent', purgeAtMs: NOW_MS })
    const { pinned: __, ...early } = missing(NOW_MS - SPEC_MISSING_GRACE_MS + 1)
    expect(accept({ spec: undefined, status: early })?.target).toBe('present')
  })

  test('is forgotten once it is there again', () => {
    const back = accept({ status: { ...missing(0), target: 'parked' } })
    expect(back).toMatchObject({ target: 'present', conditions: {} })
  })

  test('is no news of an agent that is being removed', () => {
    const status = aStatus({ target: 'absent' })
    expect(accept({ spec: undefined, status })).toBe(status)
    expect(accept({ spec: undefined, status, successor: 'bobaaaaaa2' })).toBe(status)
  })

  test('and was written again as another agent begins the removal of the first', () => {
    const status = accept({ spec: undefined, status: aReadyStatus(), successor: 'bobaaaaaa2' })
    expect(status).toMatchObject({ target: 'absent', conditions: { Superseded: { status: 'True' } } })
    expect(status?.purgeAtMs).toBe(NOW_MS + 7 * DAY_MS)
  })
})
