import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { currentToken } from '../../clients/cli/current-token.ts'

const MINUTE_MS = 60_000

const endingAt = (ms: number): string => new UnsecuredJWT({}).setExpirationTime(ms / 1000).encode()
const FIRST = endingAt(60 * MINUTE_MS)
const SECOND = endingAt(120 * MINUTE_MS)

/** A clock, what renewals give one after the other, and how many there were. */
function stage(renewals: readonly (string | Error)[] = [], first = FIRST) {
  const world = { ms: 0, asked: 0 }
  const renew = async (): Promise<string> => {
    const next = renewals[world.asked++]
    if (typeof next !== 'string') throw next ?? new Error('asked too often')
    return next
  }
  return { world, token: currentToken({ token: first, renew }, () => world.ms) }
}

test('one token does until shortly before its end', async () => {
  const { world, token } = stage([SECOND])
  world.ms = 59 * MINUTE_MS - 1
  expect([await token(), world.asked]).toEqual([FIRST, 0])
  world.ms += 1
  expect([await token(), await token(), world.asked]).toEqual([SECOND, SECOND, 1])
})

test('requests at one time get one new token', async () => {
  const { world, token } = stage([SECOND])
  world.ms = 60 * MINUTE_MS
  expect(await Promise.all([token(), token()])).toEqual([SECOND, SECOND])
  expect(world.asked).toBe(1)
})

test('while no new one is to be had, the old one is sent and a new one asked for each time', async () => {
  const { world, token } = stage([new Error('no network'), SECOND])
  world.ms = 60 * MINUTE_MS
  expect([await token(), await token()]).toEqual([FIRST, SECOND])
})

test('one that does not say when it ends is kept', async () => {
  const { world, token } = stage([], 'no-token-that-tells')
  world.ms = 1000 * MINUTE_MS
  expect(await token()).toBe('no-token-that-tells')
})
