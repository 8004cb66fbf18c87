import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { signedHeaders } from '../../infra/local/slack/signed.ts'

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
