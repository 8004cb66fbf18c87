import { getFunction, getTestServer } from '@google-cloud/functions-framework/testing'
import { Domain } from 'node:domain'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ErrorBody } from '../../shared/api/errors.ts'
import { lazily } from '../../shared/gcp/lazily.ts'
import { cloudLog } from '../../shared/gcp/log.ts'
import { register } from '../../functions/register.ts'
import { triggers } from '../../functions/triggers.ts'
import { unreadInJson } from '../../functions/unread.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { recordingLog } from '../fakes/log.ts'
import { subject } from './subject.ts'

const unused = () => Promise.reject(new Error('nothing is wired here'))

const echo = async (request: Request): Promise<Response> => {
  const body = await request.text()
  const { domain } = process as { readonly domain?: unknown }
  return Response.json(
    { method: request.method, url: request.url, header: request.headers.get('x-one'), body },
    { status: 418, headers: { 'x-two': 'b', 'x-domain': domain instanceof Domain ? 'open' : 'none' } },
  )
}

const { log, lines } = recordingLog()
let ports: () => Promise<Ports> = unused

beforeAll(() => register({ log, ports: () => ports(), heartbeat: unused, api: async () => echo }))

/** The address of one function behind the framework, whose server may be altered. */
async function serve(name: string, altered = (server: Server) => server): Promise<string> {
  const server = altered(getTestServer(name))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the functions', () => {
  test.each(triggers.map(({ name }) => name))('%s is registered under its deployed name', (name) => {
    expect(getFunction(name)).toBeTypeOf('function')
  })

  test.each([
    ['application/json', '{"a": 1}'],
    ['text/plain', 'sk-not a key'],
    ['application/octet-stream', 'bytes'],
  ])('a request with %s arrives as it was sent', async (type, body) => {
    const url = await serve('api')
    const headers = { 'content-type': type, 'x-one': 'a' }
    const response = await fetch(`${url}/v1/planes?x=%2F`, { method: 'PUT', body, headers })
    expect([response.status, response.headers.get('x-two')]).toEqual([418, 'b'])
    expect(await response.json()).toEqual({ method: 'PUT', url: `${url}/v1/planes?x=%2F`, header: 'a', body })
  })

  test('what the framework itself cannot take is answered in JSON without its words, and logged', async () => {
    const said: string[] = []
    const url = await serve('onPlaneWritten', (server) =>
      unreadInJson(
        server,
        cloudLog((line) => said.push(line)),
      ),
    )
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'no event' })
    const text = await response.text()
    expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/json'])
    const { code, requestId } = ErrorBody.parse(JSON.parse(text))
    expect([code, text.includes('no event')]).toEqual(['Internal', false])
    expect(said.map((line): unknown => JSON.parse(line))).toMatchObject([
      { severity: 'ERROR', message: 'request.failed', requestId },
    ])
  })

  test('a request without a body arrives without one', async () => {
    const url = await serve('api')
    expect(await (await fetch(url)).json()).toMatchObject({ method: 'GET', body: '' })
    expect(await (await fetch(url, { method: 'DELETE' })).json()).toMatchObject({ method: 'DELETE', body: '' })
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(418)
  })

  test('a request is answered without a domain, whose hooks would run for every promise', async () => {
    const response = await fetch(await serve('api'))
    expect(response.headers.get('x-domain')).toBe('none')
  })

  test('what goes wrong is logged, and not told', async () => {
    ports = unused
    const response = await fetch(await serve('sweep'), { method: 'POST' })
    const text = await response.text()
    expect([response.status, ErrorBody.parse(JSON.parse(text)).code]).toEqual([500, 'Internal'])
    expect(text).not.toContain('wired')
    expect(lines).toContain('error request.failed')
  })
})

describe('an event', () => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '//here', 'ce-type': 'google.cloud.test' }

  test('of Firestore says which document it is about in a header', async () => {
    const { world, ada, ports: wired } = subject()
    ports = wired
    const response = await fetch(await serve('onAgentWritten'), {
      method: 'POST',
      headers: { ...headers, 'ce-document': 'planes/acme/agents/ada', 'content-type': 'application/protobuf' },
      body: new Uint8Array([10, 1, 1]),
    })
    expect(response.status).toBe(204)
    expect(world.store.status(ada.uid)).toMatchObject({ name: 'ada' })
  })

  test('of Pub/Sub carries its message in base64', async () => {
    const { lines: logged, ports: wired } = subject()
    ports = wired
    const ref = { kind: 'agent', plane: 'acme', planeUid: 'aaaaaaaaaa', name: 'eve', uid: 'bbbbbbbbbb' }
    const data = Buffer.from(JSON.stringify({ ref, step: 'disk' })).toString('base64')
    const response = await fetch(await serve('disk'), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ message: { data, messageId: '1' }, subscription: 's' }),
    })
    expect([response.status, logged]).toEqual([204, ['warn message.nobody']])
  })

  test('that fails is not acknowledged', async () => {
    ports = unused
    const sent = { method: 'POST', headers: { ...headers, 'ce-document': 'planes/acme' } }
    expect((await fetch(await serve('onPlaneWritten'), sent)).status).toBe(500)
  })
})

test('what was made lazily is kept, and what failed is tried again', async () => {
  let calls = 0
  const make = lazily(async () => {
    calls += 1
    if (calls === 1) throw new Error('not yet')
    return calls
  })
  await expect(make()).rejects.toThrow('not yet')
  expect(await Promise.all([make(), make()])).toEqual([2, 2])
})
