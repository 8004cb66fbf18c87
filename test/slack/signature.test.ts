import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { slack } from '../../functions/slack.ts'
import { signedHeaders } from '../../infra/local/slack/signed.ts'
import { recordingLog } from '../fakes/log.ts'

type Verify = (options: {
  readonly signingSecret: string
  readonly body: string
  readonly headers: { readonly 'x-slack-signature': string; readonly 'x-slack-request-timestamp': number }
  readonly nowMilliseconds: number
}) => void

const { verifySlackRequest } = createRequire(import.meta.url)('@slack/bolt/dist/receivers/verify-request.js') as {
  verifySlackRequest: Verify
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
const VECTOR = {
  signingSecret: '8f742231b10e8888abcd99yyyzzz85a5',
  timestampS: 1_531_420_618,
  body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
}

const verify = (change: Partial<typeof VECTOR>): void => {
  const { signingSecret, body, timestampS, signature } = { ...VECTOR, ...change }
  const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestampS }
  verifySlackRequest({ signingSecret, body, headers, nowMilliseconds: VECTOR.timestampS * 1000 })
}

test('the documented example is accepted, and nothing that differs from it', () => {
  expect(() => verify({})).not.toThrow()
  const others = [{ body: `${VECTOR.body}&` }, { timestampS: VECTOR.timestampS + 1 }, { signingSecret: 'another' }]
  for (const change of others) expect(() => verify(change)).toThrow('signature mismatch')
})

test('the simulator signs as the documentation does', () => {
  const headers = signedHeaders(VECTOR.body, VECTOR.signingSecret, VECTOR.timestampS * 1000)
  expect(headers).toMatchObject({
    'x-slack-signature': VECTOR.signature,
    'x-slack-request-timestamp': String(VECTOR.timestampS),
  })
})

const NOW_MS = VECTOR.timestampS * 1000
const HEADERS = {
  'content-type': 'application/x-www-form-urlencoded',
  'x-slack-request-timestamp': String(VECTOR.timestampS),
  'x-slack-signature': VECTOR.signature,
}

/** The function as it was on the day of the example, and what it handled. */
async function functionOfThatDay() {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS })
  onTestFinished(() => void vi.useRealTimers())
  const { log, lines } = recordingLog()
  const handled: unknown[] = []
  const handle = async ({ body }: { readonly body: unknown }) => (handled.push(body), '' as const)
  const parts = { signingSecret: VECTOR.signingSecret, handle, clock: { nowMs: () => NOW_MS }, log }
  http(
    'slack-of-that-day',
    slack(async () => parts, log),
  )
  const server = getTestServer('slack-of-that-day').listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const send = async (body: Uint8Array<ArrayBuffer>, headers: Partial<typeof HEADERS> = {}): Promise<number> =>
    (await fetch(url, { method: 'POST', body, headers: { ...HEADERS, ...headers } })).status
  return { send, handled, lines }
}

/** The same bytes but for one, of which one bit is turned. */
const changedAt = (bytes: Uint8Array, place: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(bytes, (byte, i) => (i === place ? byte ^ 1 : byte))

const textChangedAt = (text: string, place: number): string =>
  Buffer.from(changedAt(Buffer.from(text), place)).toString()

test('the function takes the documented example, and refuses it with one byte changed', async () => {
  const { send, handled, lines } = await functionOfThatDay()
  const body = Uint8Array.from(Buffer.from(VECTOR.body))
  expect(await send(body)).toBe(200)
  const taken = [expect.objectContaining({ team_id: 'T1DC2JH3J', user_id: 'U2CERLKJA', command: '/webhook-collect' })]
  expect(handled).toEqual(taken)

  const places = [...body.keys()].filter((place) => place % 20 === 0 || place === body.length - 1)
  const forged = [
    ...places.map((place) => send(changedAt(body, place))),
    send(body, { 'x-slack-signature': textChangedAt(VECTOR.signature, VECTOR.signature.length - 1) }),
    send(body, { 'x-slack-request-timestamp': textChangedAt(HEADERS['x-slack-request-timestamp'], 9) }),
  ]
  expect(new Set(await Promise.all(forged))).toEqual(new Set([401]))
  expect(handled).toEqual(taken)
  expect(lines.filter((line) => JSON.stringify(line).includes('signature'))).toHaveLength(forged.length)
})
