import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, createRemoteJWKSet } from 'jose'
import type { JWTVerifyGetKey } from 'jose'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { heartbeat } from '../../functions/heartbeat.ts'
import type { Heartbeat } from '../../shared/documents/heartbeat.ts'
import { identityVerifier } from '../../shared/gcp/identity-token.ts'
import { recordingLog } from '../fakes/log.ts'
import { forgeries } from './forgeries.ts'
import { AUDIENCE, ISSUER, NOW_S, but, keyring, signed } from './forgery.ts'
import type { Keyring } from './forgery.ts'

const body = { appliedGeneration: 'g1', ready: true, failing: [], first: false }

let keys: Keyring
beforeAll(async () => {
  keys = await keyring()
})

/** The function, what it published, and what it logged. */
function subject(trusted: JWTVerifyGetKey = createLocalJWKSet(keys.published)) {
  const published: Heartbeat[] = []
  const { log, lines } = recordingLog()
  const clock = { nowMs: () => NOW_S * 1000 }
  const verify = identityVerifier({ issuer: ISSUER, audience: AUDIENCE, keys: trusted, clock })
  const bus = {
    publishHeartbeat: async (sent: Heartbeat) => {
      published.push(sent)
    },
  }
  return { handle: heartbeat(async () => ({ verify, bus, clock, log })), published, lines }
}

const post = (token: string | undefined, content: string = JSON.stringify(body)): Request =>
  new Request(AUDIENCE, {
    method: 'POST',
    body: content,
    headers: token === undefined ? {} : { 'x-agent-identity': token },
  })

describe('heartbeat', () => {
  test('a machine that proves who it is is believed', async () => {
    const { handle, published } = subject()
    const response = await handle(post(await signed(keys)))
    expect(response.status).toBe(204)
    expect(published).toEqual([
      {
        claims: {
          sub: '104857600000000000001',
          email: 'ap-aaaaaaaaaa-bbbbbbbbbb@acme-agents.iam.gserviceaccount.com',
          instanceId: '4711',
          zone: 'us-east4-a',
          projectId: 'acme-agents',
          projectNumber: '1',
          iatS: NOW_S,
        },
        body,
        receivedAtMs: NOW_S * 1000,
      },
    ])
  })

  test.each([
    ['ended 59 seconds ago', { iat: NOW_S - 3500, exp: NOW_S - 59 }],
    ['begins in 59 seconds', { iat: NOW_S + 59, exp: NOW_S + 3659 }],
  ])('a clock may be a minute off: a token that %s is believed', async (_, times) => {
    const { handle } = subject()
    expect((await handle(post(await signed(keys, but(keys, times))))).status).toBe(204)
  })

  test.each(forgeries)('a token with %s is refused, and not repeated', async (_, make) => {
    const { handle, published, lines } = subject()
    const token = await make(keys)
    const response = await handle(post(token))
    expect(response.status).toBe(401)
    expect(published).toEqual([])
    const told = (await response.text()) + lines.join()
    expect(token.split('.').some((part) => part.length > 8 && told.includes(part))).toBe(false)
  })

  test.each([undefined, ''])('without a token (%s) nobody is believed', async (token) => {
    const { handle, published } = subject()
    expect((await handle(post(token))).status).toBe(401)
    expect(published).toEqual([])
  })

  test('a token elsewhere than in its header is not looked for', async () => {
    const token = await signed(keys)
    const headers = { authorization: `Bearer ${token}`, cookie: `x-agent-identity=${token}` }
    const request = new Request(`${AUDIENCE}?x-agent-identity=${token}`, { method: 'POST', body: '{}', headers })
    expect((await subject().handle(request)).status).toBe(401)
  })

  test.each([
    ['is not JSON', 'alive', 400],
    ['is empty', '', 400],
    ['is a list', '[]', 400],
    ['lacks a field', JSON.stringify({ ready: true }), 400],
    ['has a field too many', JSON.stringify({ ...body, uid: 'bbbbbbbbbb' }), 400],
    ['claims an identity', JSON.stringify({ ...body, claims: {} }), 400],
    ['has a field of another type', JSON.stringify({ ...body, ready: 'yes' }), 400],
    ['is too large', JSON.stringify({ ...body, failing: ['x'.repeat(4096)] }), 413],
  ])('a body that %s is refused', async (_, content, status) => {
    const { handle, published } = subject()
    expect((await handle(post(await signed(keys), content))).status).toBe(status)
    expect(published).toEqual([])
  })

  test.each(['GET', 'PUT', 'DELETE'])('%s is refused', async (method) => {
    const headers = { 'x-agent-identity': await signed(keys) }
    expect((await subject().handle(new Request(AUDIENCE, { method, headers }))).status).toBe(405)
  })

  test('a heartbeat that could not be handed on is not acknowledged', async () => {
    const { log } = recordingLog()
    const clock = { nowMs: () => NOW_S * 1000 }
    const verify = identityVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: createLocalJWKSet(keys.published),
      clock,
    })
    const bus = { publishHeartbeat: () => Promise.reject(new Error('Pub/Sub is away')) }
    const handle = heartbeat(async () => ({ verify, bus, clock, log }))
    await expect(handle(post(await signed(keys)))).rejects.toThrow('Pub/Sub is away')
  })
})

describe('the issuer’s keys', () => {
  test('are fetched from where they are published', async () => {
    const { url } = await serve(() => ({ status: 200, body: JSON.stringify(keys.published) }))
    const { handle } = subject(createRemoteJWKSet(url))
    expect((await handle(post(await signed(keys)))).status).toBe(204)
  })

  test.each([
    ['fail to answer', { status: 500, body: '' }, /200 OK/],
    ['answer nonsense', { status: 200, body: 'nonsense' }, /JSON/],
    ['answer with no keys', { status: 200, body: '{}' }, /malformed/],
  ])('that %s are an outage, not a forgery', async (_, answer, error) => {
    const { url } = await serve(() => answer)
    await expect(subject(createRemoteJWKSet(url)).handle(post(await signed(keys)))).rejects.toThrow(error)
  })

  test('are not fetched again for every unknown name', async () => {
    const { url, count } = await serve(() => ({ status: 200, body: JSON.stringify(keys.published) }))
    const { handle } = subject(createRemoteJWKSet(url))
    for (let n = 0; n < 10; n++)
      expect((await handle(post(await signed(keys, keys.claims, { kid: `made-up-${n}` })))).status).toBe(401)
    expect(count()).toBeLessThanOrEqual(2)
  })
})

async function serve(answer: () => { status: number; body: string }): Promise<{ url: URL; count: () => number }> {
  let requests = 0
  const server = createServer((_, response) => {
    requests += 1
    const { status, body } = answer()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: new URL(`http://127.0.0.1:${port}/jwks.json`), count: () => requests }
}
