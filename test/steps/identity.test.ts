import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { PLACE, result, stand } from './stand.ts'
import type { FakeAccount } from '../fakes/things.ts'
import type { Stand } from './stand.ts'

const NAME = names.account(PLACE)

function put({ cloud }: Stand, fields: Partial<FakeAccount> = {}): void {
  const account = {
    id: 'account-9',
    uid: PLACE.uid,
    place: PLACE,
    disabled: false,
    attachable: true,
    madeMs: 0,
    ours: true,
  }
  cloud.accounts.set(NAME, { ...account, ...fields })
}

const nothing = (): void => {}

test.each<[string, (at: Stand) => void, string, string]>([
  ['nothing', nothing, 'identity.create identity.makeAttachable', 'ready'],
  ['an account of ours', (at) => put(at), '', 'ready'],
  [
    'an account that machines may not be given',
    (at) => put(at, { attachable: false }),
    'identity.makeAttachable',
    'ready',
  ],
  ['an account of ours, disabled', (at) => put(at, { disabled: true }), 'identity.setDisabled', 'ready'],
  ["somebody else's", (at) => put(at, { ours: false }), '', 'failed NameConflict'],
  ["somebody else's, disabled", (at) => put(at, { ours: false, disabled: true }), '', 'failed NameConflict'],
])('where there is %s, an account is made so', async (_, put, did, found) => {
  const at = stand()
  put(at)
  expect(await result(at, 'identity')).toEqual([did, found])
})

test('its evidence is the id that no other account ever has', async () => {
  const at = stand()
  put(at)
  expect(await at.tryStep('identity')).toMatchObject({ resource: { id: 'account-9', email: `${NAME}@acme` } })
})

test.each<[string, (at: Stand) => void, 'held' | 'gone', string, boolean]>([
  ['nothing', nothing, 'held', '', false],
  ['an account', (at) => put(at), 'held', 'identity.setDisabled', true],
  ['an account that is disabled', (at) => put(at, { disabled: true }), 'held', '', true],
  ["somebody else's", (at) => put(at, { ours: false }), 'held', '', true],
  ['nothing', nothing, 'gone', '', false],
  ['an account', (at) => put(at), 'gone', 'identity.delete', false],
  ["somebody else's", (at) => put(at, { ours: false }), 'gone', '', true],
])('where there is %s, it is taken away so: %s', async (_, put, stage, did, left) => {
  const at = stand()
  put(at)
  expect(await result(at, 'identity', {}, stage)).toEqual([did, 'removed'])
  expect(at.cloud.accounts.has(NAME)).toBe(left)
})

test('an account that could not be made attachable yet is waited for', async () => {
  const at = stand()
  put(at, { attachable: false })
  const identity = { ...at.backend.identity, makeAttachable: async () => {} }
  expect(await at.tryStep('identity', { backend: { ...at.backend, identity } })).toMatchObject({
    is: 'waiting',
    reason: 'AccountNotAttachable',
  })
})
