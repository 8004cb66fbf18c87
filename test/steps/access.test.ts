import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { desired } from '../../shared/steps/steps.ts'
import { MADE, PLACE, result, stand, subjectOf } from './stand.ts'

const OWNER = 'ada@acme.com'
const NAME = names.machine(PLACE)
const resources = { ...MADE, machine: { id: 'machine-1' } }

test.each([
  ['nobody', undefined, 'access.grant'],
  ['the owner', { machineId: 'machine-1', owner: OWNER }, ''],
  ['somebody else', { machineId: 'machine-1', owner: 'eve@acme.com' }, 'access.grant'],
  ['the owner, to a machine that is no more', { machineId: 'machine-0', owner: OWNER }, 'access.grant'],
])('where %s has access, the owner and nobody else gets it', async (_, there, did) => {
  const at = stand()
  if (there !== undefined) at.cloud.access.set(NAME, { ...there, uid: PLACE.uid })
  expect(await result(at, 'access', { resources })).toEqual([did, 'ready'])
  expect(at.cloud.access.get(NAME)).toMatchObject({ machineId: 'machine-1', owner: OWNER })
})

test('where two have access, it is not exact', async () => {
  const at = stand()
  Object.assign(at.backend.access, { find: async () => [OWNER, 'eve@acme.com'] })
  expect(await result(at, 'access', { resources })).toEqual(['access.grant', 'waiting AccessNotExact'])
  expect(await result(at, 'access', { resources }, 'gone')).toEqual(['access.grant access.revoke', 'waiting Revoking'])
})

test('before there is a machine, nobody is given anything', async () => {
  expect(await result(stand(), 'access', { resources: MADE })).toEqual(['', 'ready'])
})

test('another machine or account is another want, and so is another owner', () => {
  const wants = [
    resources,
    { ...resources, machine: { id: 'machine-2' } },
    { ...resources, identity: { id: 'account-2', email: 'ada@acme' } },
  ].map((resources) => JSON.stringify(desired('access', subjectOf({ resources }))))
  expect(new Set(wants).size).toBe(3)
})

test('removal revokes what there is, whichever machine it hangs on', async () => {
  const at = stand()
  expect(await result(at, 'access', {}, 'gone')).toEqual(['', 'removed'])
  at.cloud.access.set(NAME, { machineId: 'machine-0', owner: OWNER, uid: PLACE.uid })
  expect(await result(at, 'access', {}, 'gone')).toEqual(['access.revoke', 'removed'])
})
