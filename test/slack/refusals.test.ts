import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { clickBody, commandBody, signedHeaders, submissionBody } from '../../infra/local/slack/signed.ts'
import { isFresh } from '../../shared/slack/fresh.ts'
import { COMMAND, SENDER, good, headed, send } from './sent.ts'
import type { Sent } from './sent.ts'
import { SIGNING_SECRET, slackStage } from './stage.ts'

/** Signed with the right secret, over a timestamp as it is written. */
const at = (timestamp: string, body = COMMAND): Sent => {
  const hash = createHmac('sha256', SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest('hex')
  return headed(good(0, body), { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hash}` })
}

const seconds = (nowMs: number, more: number): string => String(Math.floor(nowMs / 1000) + more)
const signatureOf = (sent: Sent): string => sent.headers['x-slack-signature'] ?? ''

const stale = [301, 302, 360, 600, 3600, 86_400, 31_536_000].map(
  (s) => [`${s} s old`, (nowMs: number) => at(seconds(nowMs, -s))] as const,
)
const future = [301, 302, 400, 4000, 86_400, 31_536_000].map(
  (s) => [`${s} s ahead`, (nowMs: number) => at(seconds(nowMs, s))] as const,
)
const timestamps = [
  '',
  ' ',
  '-1',
  '0',
  '1e9',
  '0x6553f100',
  'NaN',
  'Infinity',
  '١٧٠٠٠٠٠٠٠٠',
  '99999999999999',
  'now',
  '1.5',
].map((text) => [`dated "${text}"`, () => headed(at(text === '' ? ' ' : encodeURIComponent(text)), {})] as const)
const dated = ['+0', ' 5', '.0', '_1', '0 0'].map(
  (tail) =>
    [
      `dated with "${tail}" behind it`,
      (nowMs: number) => headed(good(nowMs), { 'x-slack-request-timestamp': seconds(nowMs, 0) + tail }),
    ] as const,
)

const forgeries: readonly (readonly [string, (nowMs: number) => Sent])[] = [
  ['without any signature', (n) => headed(good(n), { 'x-slack-signature': undefined })],
  ['without a timestamp', (n) => headed(good(n), { 'x-slack-request-timestamp': undefined })],
  [
    'without either',
    (n) => headed(good(n), { 'x-slack-signature': undefined, 'x-slack-request-timestamp': undefined }),
  ],
  ['with an empty signature', (n) => headed(good(n), { 'x-slack-signature': '' })],
  ['with a signature of the version alone', (n) => headed(good(n), { 'x-slack-signature': 'v0=' })],
  [
    'with a signature without a version',
    (n) => headed(good(n), { 'x-slack-signature': signatureOf(good(n)).slice(3) }),
  ],
  [
    'with a signature of version 1',
    (n) => headed(good(n), { 'x-slack-signature': signatureOf(good(n)).replace('v0', 'v1') }),
  ],
  ['with a signature in capitals', (n) => headed(good(n), { 'x-slack-signature': signatureOf(good(n)).toUpperCase() })],
  ['with a shorter signature', (n) => headed(good(n), { 'x-slack-signature': signatureOf(good(n)).slice(0, -1) })],
  ['with a longer signature', (n) => headed(good(n), { 'x-slack-signature': `${signatureOf(good(n))}0` })],
  [
    'with one digit of its signature changed',
    (n) => headed(good(n), { 'x-slack-signature': signatureOf(good(n)).replace(/.$/, (d) => (d === '0' ? '1' : '0')) }),
  ],
  ['with a signature of zeros', (n) => headed(good(n), { 'x-slack-signature': `v0=${'0'.repeat(64)}` })],
  [
    'with two signatures',
    (n) => headed(good(n), { 'x-slack-signature': `${signatureOf(good(n))}, ${signatureOf(good(n))}` }),
  ],
  ['signed with another secret', (n) => ({ body: COMMAND, headers: signedHeaders(COMMAND, 'another secret', n) })],
  ['signed with an empty-looking secret', (n) => ({ body: COMMAND, headers: signedHeaders(COMMAND, ' ', n) })],
  ['signed over another body', (n) => ({ ...good(n), body: commandBody('restart eve', SENDER) })],
  ['signed over no body', (n) => ({ ...good(n), headers: signedHeaders('', SIGNING_SECRET, n) })],
  ['with a field added', (n) => ({ ...good(n), body: `${COMMAND}&text=status` })],
  ['with a space added', (n) => ({ ...good(n), body: `${COMMAND} ` })],
  ['with its fields in another order', (n) => ({ ...good(n), body: COMMAND.split('&').toReversed().join('&') })],
  ['with another user in it', (n) => ({ ...good(n), body: COMMAND.replaceAll('U0YOU', 'U0ADA') })],
  ['with another team in it', (n) => ({ ...good(n), body: COMMAND.replaceAll('T0LOCAL', 'T0OTHER') })],
  ['with another trigger in it', (n) => ({ ...good(n), body: COMMAND.replaceAll('1.2.x', '1.2.y') })],
  ['with a signature of another moment', (n) => headed(good(n), { 'x-slack-request-timestamp': seconds(n, 1) })],
  [
    'that checks SSL and brings a command',
    (n) => ({ ...headed(good(n), { 'x-slack-signature': 'v0=00' }), body: `ssl_check=2&${COMMAND}` }),
  ],
  [
    'of JSON, unsigned',
    () => ({ body: '{"type":"url_verification","challenge":"c"}', headers: { 'content-type': 'application/json' } }),
  ],
  [
    'with a payload, unsigned',
    () => ({
      body: clickBody({ id: 'planes.remove', value: 'x' }, SENDER),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  ],
  ...stale,
  ...future,
  ...timestamps,
  ...dated,
]

/** Nothing was done, kept or asked. */
function untouched({ world, records }: Awaited<ReturnType<typeof slackStage>>): void {
  expect([world.trail, [...records.claims.keys()], [...records.offers.keys()]]).toEqual([[], [], []])
}

describe('a request', () => {
  test.each(forgeries)('%s is refused, and nothing is done', async (_, forge) => {
    const stage = await slackStage()
    const response = await send(stage.functionUrl, forge(stage.world.clock.ms))
    expect([response.status, await response.text()]).toEqual([401, ''])
    untouched(stage)
  })

  test.each([
    ['from another team', { team: 'T0OTHER' }, /not set up/],
    ['from a team whose name begins alike', { team: 'T0LOCAL2' }, /not set up/],
    ['of another app', { app: 'A0OTHER' }, /^$/],
  ])('%s is signed and nevertheless refused', async (_, change, says) => {
    const stage = await slackStage()
    const body = commandBody('restart ada', { ...SENDER, ...change })
    const response = await send(stage.functionUrl, good(stage.world.clock.ms, body))
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(text).toMatch(says)
    expect(stage.lines.some((line) => line.startsWith('warn slack.refused'))).toBe(true)
    untouched(stage)
  })

  test.each([
    ['a click', clickBody({ id: 'planes.remove', value: 'x' }, { ...SENDER, team: 'T0OTHER' })],
    [
      'a dialog',
      submissionBody(
        { id: 'V1', user: 'U0YOU', view: { callback_id: 'planes.remove', private_metadata: 'x' } },
        'ada',
        { ...SENDER, team: 'T0OTHER' },
      ),
    ],
  ])('of another team is refused as %s, too', async (_, body) => {
    const stage = await slackStage()
    expect((await send(stage.functionUrl, good(stage.world.clock.ms, body))).status).toBe(200)
    untouched(stage)
  })

  test.each([
    ['another method', { method: 'GET' }, 405],
    ['another path', { path: 'events' }, 404],
    ['a body beyond all measure', { body: 'x'.repeat(100_001) }, 413],
  ])('with %s is refused', async (_, change, status) => {
    const stage = await slackStage()
    expect((await send(stage.functionUrl, { ...good(stage.world.clock.ms), ...change })).status).toBe(status)
    untouched(stage)
  })

  test.each([0, 299, 300, -299, -300].map((s) => [s]))('%i s off is fresh', (s) => {
    const nowMs = 1_700_000_000_000
    expect(isFresh(seconds(nowMs, s), nowMs)).toBe(true)
  })

  test('with a charset behind its type is read as any other', async () => {
    const { functionUrl, world } = await slackStage()
    const sent = headed(good(world.clock.ms), { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' })
    expect(await (await send(functionUrl, sent)).text()).toContain('is being restarted')
  })

  test('that checks SSL is answered, and brings nothing in', async () => {
    const stage = await slackStage()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await send(stage.functionUrl, { headers, body: `ssl_check=1&${COMMAND}` })
    expect([response.status, await response.text()]).toEqual([200, ''])
    untouched(stage)
  })
})
