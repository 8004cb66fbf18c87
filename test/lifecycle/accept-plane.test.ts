import { expect, test } from 'vitest'
import type { PlaneStatus } from '../../shared/documents/status.ts'
import { acceptPlane } from '../../shared/lifecycle/accept-plane.ts'
import { aPlaneSpec, aPlaneView, aReadyPlaneStatus, NOW_MS, refused } from '../fakes/builders.ts'

const accept = (parts: Parameters<typeof aPlaneView>[0]): PlaneStatus | undefined =>
  acceptPlane(aPlaneView(parts), NOW_MS)

const pinnedFor = (fields: Parameters<typeof aPlaneSpec>[0]): unknown =>
  accept({ spec: aPlaneSpec(fields), status: undefined })?.pinned

test('the first spec pins backend, project, region and a zone', () => {
  const place = { backend: 'vm', project: 'acme-project', region: 'us-east4' }
  expect(pinnedFor({})).toEqual({ ...place, zone: 'us-east4-a' })
  expect(pinnedFor({ zones: ['us-east4-c', 'us-east4-b'] })).toEqual({ ...place, zone: 'us-east4-c' })
})

test.each([
  ['backend', 'process', 'vm'],
  ['project', 'other-project', 'acme-project'],
  ['region', 'us-west1', 'us-east4'],
])('an edited %s is rejected by name and changes no pinned value', (field, value, old) => {
  const status = accept({ spec: aPlaneSpec({ [field]: value }) })
  expect(status?.conditions['SpecRejected']?.message).toBe(
    `${field} cannot be changed from ${old}; create another plane`,
  )
  expect(status).toMatchObject({ pinned: { [field]: old } })
})

test('an edit of anything else is taken over', () => {
  expect(accept({ spec: aPlaneSpec({ retentionDays: 30 }) })).toMatchObject({
    accepted: { retentionDays: 30 },
    conditions: {},
  })
})

test('an edit that was refused leaves the spec in force', () => {
  const before = aReadyPlaneStatus()
  const after = accept({ spec: refused('zones', 'must be zones'), status: before })
  expect(after?.accepted).toBe(before.accepted)
  expect(after?.conditions['SpecInvalid']?.message).toBe('zones must be zones')
})

test('a zone outside the region is refused by its place in the list', () => {
  const status = accept({ spec: aPlaneSpec({ zones: ['us-east4-a', 'us-east40-a'] }), status: undefined })
  expect(status?.conditions['SpecInvalid']?.message).toBe('zones.1 must be in us-east4')
  expect(status?.pinned).toBeUndefined()
})

test('closing is heard in a document that is refused, and never taken back', () => {
  expect(accept({ spec: refused('zones', 'must be zones', true) })?.target).toBe('absent')
  const closing = aReadyPlaneStatus({ target: 'absent' })
  expect(accept({ status: closing })).toBe(closing)
  expect(accept({ spec: undefined, status: closing })).toBe(closing)
})

test('a document that is gone is said to be, and changes nothing else', () => {
  const before = aReadyPlaneStatus()
  const after = accept({ spec: undefined, status: before })
  expect(after).toEqual({ ...before, conditions: after?.conditions })
  expect(after?.conditions['SpecMissing']?.reason).toBe('SpecMissing')
})

test('neither spec nor status is nothing', () => {
  expect(accept({ spec: undefined, status: undefined })).toBeUndefined()
})
