import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { cloudEvent, http } from '@google-cloud/functions-framework'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BRIDGE_TOKEN_HEADER, startFunctionsServer } from '../../infra/local/functions-server.ts'
import { freePort } from '../../infra/local/ports.ts'
import type { Trigger } from '../../functions/triggers.ts'
import { recordingLog } from '../fakes/log.ts'

const { log } = recordingLog()

type Asked = {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** An http function that says what it got and an event function that says nothing, behind the server. */
async function served() {
  const [echo, sink] = [`echo${randomUUID()}`, `sink${randomUUID()}`]
  const events: unknown[] = []
  http(echo, (req, res) => {
    res
      .status(200)
      .json({ method: req.method, url: req.url, body: req.rawBody?.toString(), type: req.get('content-type') })
  })
  cloudEvent(sink, (event: unknown) => void events.push(event))
  const triggers: Trigger[] = [
    { name: echo, kind: 'http', path: '/api' },
    { name: sink, kind: 'topic', topic: 't' },
  ]
  const port = await freePort(21_300)
  const server = await startFunctionsServer({ triggers, port, bridgeToken: 'the-token', log })
  onTestFinished(() => server.stop())
  return { port, server, sink, events, ask: (asked: Asked) => ask(port, asked) }
}

/** `fetch` would not let a test set Host. */
function ask(port: number, { path = '/api', method = 'GET', headers = {}, body }: Asked) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

describe('an http function', () => {
  test('sees what lies below its path, as when it is deployed', async () => {
    const { ask } = await served()
    const urlOf = async (path: string) => JSON.parse((await ask({ path })).text).url
    expect(await urlOf('/api')).toBe('/')
    expect(await urlOf('/api/v1/planes?purged=true')).toBe('/v1/planes?purged=true')
    expect(await urlOf('/api?x=1')).toBe('/?x=1')
  })

  test('is not called with a body that cannot be read, which is told in JSON', async () => {
    const { ask } = await served()
    const headers = { 'content-type': 'application/json' }
    const { status, text } = await ask({ method: 'POST', headers, body: '{ "broken' })
    expect([status, JSON.parse(text)]).toMatchObject([400, { code: 'BadRequest' }])
    expect(text).not.toContain('broken')
  })

  test('gets method, body and content type untouched', async () => {
    const { ask } = await served()
    const body = '{ "spaces":   "kept" }'
    const { text } = await ask({ method: 'PUT', body, headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(text)).toMatchObject({ method: 'PUT', body, type: 'application/json' })
  })

  test.each([
    ['its own page', (port: number) => ({ origin: `http://127.0.0.1:${port}` })],
    ['its own page, by name', (port: number) => ({ origin: `http://localhost:${port}`, host: `localhost:${port}` })],
    ['no page at all', () => ({})],
  ])('answers %s', async (_, headers) => {
    const { ask, port } = await served()
    expect((await ask({ headers: headers(port) })).status).toBe(200)
  })

  test.each([
    ['another Host', () => ({ host: 'evil.example' })],
    ['a rebound name with the right port', (port: number) => ({ host: `evil.example:${port}` })],
    ['the right Host without a port', () => ({ host: '127.0.0.1' })],
    ['another port of this machine', (port: number) => ({ host: `127.0.0.1:${port + 1}` })],
    ['a page of another site', () => ({ origin: 'https://evil.example' })],
    ['a page of another port', (port: number) => ({ origin: `http://127.0.0.1:${port + 1}` })],
    ['a page without an origin', () => ({ origin: 'null' })],
    ['a page over https', (port: number) => ({ origin: `https://127.0.0.1:${port}` })],
  ])('refuses %s', async (_, headers) => {
    const { ask, port } = await served()
    expect((await ask({ headers: headers(port) })).status).toBe(403)
  })
})

describe('an event function', () => {
  const event = {
    'ce-id': '1',
    'ce-source': '//x',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'content-type': 'application/json',
  }

  test.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['a wrong token', { [BRIDGE_TOKEN_HEADER]: 'the-tokem' }],
    ['a longer token', { [BRIDGE_TOKEN_HEADER]: 'the-token-and-more' }],
  ])('cannot be reached with %s', async (_, token) => {
    const { ask, sink, events } = await served()
    const { status } = await ask({ path: `/${sink}`, method: 'POST', headers: { ...event, ...token }, body: '{}' })
    expect(status).toBe(403)
    expect(events).toEqual([])
  })

  test('is reached by the bridge', async () => {
    const { server, sink, events } = await served()
    const body = new TextEncoder().encode('{"message":{"data":""}}')
    expect(await server.invoke(sink, { headers: event, body }, AbortSignal.timeout(5_000))).toBe(204)
    expect(events).toMatchObject([{ id: '1', data: { message: { data: '' } } }])
  })
})

test.each(['/', '/apix', '/unknown', '//api'])('%s is nobody’s', async (path) => {
  const { ask } = await served()
  expect((await ask({ path })).status).toBe(404)
})

test('a port that was taken meanwhile is named, with what to do', async () => {
  const { port } = await served()
  const second = startFunctionsServer({ triggers: [], port, bridgeToken: 'x', log })
  await expect(second).rejects.toThrow(
    /^The functions cannot listen on port \d+ \(.*EADDRINUSE.*\)\. Start again, or pass/,
  )
})
