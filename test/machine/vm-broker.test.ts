import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { broker } from '../../infra/machine/vm/broker.ts'
import { secretManager } from '../../infra/machine/vm/secret-manager.ts'
import { secretRevisions, secretsIn } from '../../infra/machine/vm/secret-revisions.ts'
import { serveSocket } from '../../infra/machine/vm/serve-socket.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import type { LoopbackServer } from '../../shared/process/serve.ts'

const SHIM = new URL('../../infra/machine/vm/ask-broker.mts', import.meta.url).pathname
const facts = { project: 'acme-agents', planeUid: 'aaaaaaaaaa', uid: 'bbbbbbbbbb' }

/** Values by the path of their secret; a number instead is the status it is answered with. */
let values: Map<string, readonly string[] | number>
let asked: string[]
let tokens: () => Promise<string>
let manager: LoopbackServer
let server: Server
let folder: string
let socket: string

beforeEach(async () => {
  values = new Map()
  asked = []
  tokens = async () => 'token'
  manager = await serveLoopback(answer, 0)
  folder = await mkdtemp(join(tmpdir(), 'ap-broker-'))
  socket = join(folder, 'secrets.sock')
  server = await serve(socket)
})
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await manager.close()
  await rm(folder, { recursive: true, force: true })
})

/** Answers at a socket as the broker of a machine does. */
async function serve(path: string, options: { readonly idleMs?: number } = {}): Promise<Server> {
  const read = secretManager(manager.url, facts.project)
  const serving = serveSocket(broker({ facts, read, accessToken: () => tokens() }), options)
  await new Promise<void>((resolve) => serving.listen(path, resolve))
  return serving
}

const PATH = /^\/v1\/projects\/acme-agents\/secrets\/([^/]+)\/versions\/(\w+):access$/

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  asked.push(pathname)
  if (request.headers.get('authorization') !== 'Bearer token') return new Response(null, { status: 401 })
  const [, name = '', version = ''] = PATH.exec(pathname) ?? []
  const known = values.get(name)
  if (typeof known === 'number') return new Response(null, { status: known })
  const number = version === 'latest' ? (known?.length ?? 0) : Number(version)
  const value = known?.[number - 1]
  if (value === undefined) return new Response(null, { status: 404 })
  const payload = { data: Buffer.from(value).toString('base64') }
  return Response.json({ name: `projects/1/secrets/${name}/versions/${number}`, payload })
}

const store = (key: string, ...versions: readonly string[]): void =>
  void values.set(`ap-aaaaaaaaaa-bbbbbbbbbb-${key}`, versions)

/** Asks as OpenClaw does: it runs the program, writes to it, and reads what it prints. */
async function resolve(request: unknown): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [SHIM, socket, 'revision'], { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  child.stdin.end(typeof request === 'string' ? request : JSON.stringify(request))
  return JSON.parse(await text(child.stdout)) as Record<string, unknown>
}

const ids = (...wanted: readonly string[]): unknown => ({ protocolVersion: 1, provider: 'agent', ids: wanted })

test('values are found by name, by version, and all at once', async () => {
  store('openai-api-key', 'old ünïcode', 'new\n')
  store('slack-bot-token', 'xoxb')
  expect(await resolve(ids('openai-api-key', 'openai-api-key/1', 'slack-bot-token'))).toEqual({
    protocolVersion: 1,
    values: { 'openai-api-key': 'new\n', 'openai-api-key/1': 'old ünïcode', 'slack-bot-token': 'xoxb' },
    errors: {},
  })
})

test('what has no value says why', async () => {
  values.set('ap-aaaaaaaaaa-bbbbbbbbbb-denied', 403)
  values.set('ap-aaaaaaaaaa-bbbbbbbbbb-broken', 500)
  expect(await resolve(ids('missing', 'denied', 'broken'))).toEqual({
    protocolVersion: 1,
    values: {},
    errors: { missing: { code: 'NOT_FOUND' }, denied: { code: 'FORBIDDEN' }, broken: { code: 'UNAVAILABLE' } },
  })
})

test.each([
  '../../../projects/other/secrets/x',
  'a/latest',
  'a/0',
  'a/1/../2',
  'UPPER',
  '-a',
  'a'.repeat(41),
  'a%2fb',
  'a b',
  '',
])('the id %j is refused before anybody is asked', async (id) => {
  expect(await resolve(ids(id))).toMatchObject({ values: {}, errors: { [id]: { code: 'INVALID_ID' } } })
  expect(asked).toEqual([])
})

test.each([
  'no JSON with canary-value',
  '[]',
  '{"protocolVersion":2,"ids":["a"]}',
  '{"protocolVersion":1}',
  '{"protocolVersion":1,"ids":[1]}',
  JSON.stringify(ids(...Array.from({ length: 65 }, () => 'a'))),
])('the request %s is refused without being repeated', async (request) => {
  const answer = await resolve(request)
  expect(answer).toEqual({ error: expect.stringContaining('the request') })
  expect(JSON.stringify(answer)).not.toContain('canary-value')
  expect(asked).toEqual([])
})

test('a machine without a token asks nobody', async () => {
  tokens = () => Promise.reject(new Error('no metadata server'))
  expect(await resolve(ids('a'))).toMatchObject({ errors: { a: { code: 'UNAVAILABLE' } } })
  expect(asked).toEqual([])
})

/** Settles when the other side ends a connection, with what it had said. */
const spokenTo = (path: string, write: (to: ReturnType<typeof connect>) => void): Promise<string> => {
  const connection = connect(path)
  connection.on('error', () => undefined)
  write(connection)
  return text(connection).catch(() => '')
}

test('a request that is too long, or that never ends, is cut off', async () => {
  expect(await spokenTo(socket, (to) => to.end('x'.repeat(70_000)))).toBe('')
  // One that others wait for must not be this impatient: who answers may be kept from it for a second.
  const impatient = join(folder, 'impatient.sock')
  const other = await serve(impatient, { idleMs: 100 })
  onTestFinished(() => void other.close())
  expect(await spokenTo(impatient, (to) => to.write('{'))).toBe('')
})

const revision = async (): Promise<unknown> => (await resolve({ revisionOf: ['a', 'b'] }))['revision']

test('a revision changes when a secret gets a value or another one, and holds none', async () => {
  store('a', 'canary-1')
  const first = await revision()
  expect(first).toBe('a=1 b=-')
  store('a', 'canary-1', 'canary-2')
  store('b', 'canary-3')
  expect(await revision()).toBe('a=2 b=1')
  values.set('ap-aaaaaaaaaa-bbbbbbbbbb-a', 503)
  expect(await revision()).toBe('a=2 b=1')
})

test('the supervisor looks again soon while a value is missing, and seldom once all are there', async () => {
  let nowMs = 0
  const revisions = secretRevisions(socket, { nowMs: () => nowMs })
  expect(await revisions(['a'])).toBe('a=-')
  store('a', 'value')
  expect(await revisions(['a'])).toBe('a=-')
  nowMs = 20_000
  expect(await revisions(['a'])).toBe('a=1')
  store('a', 'value', 'another')
  nowMs = 60_000
  expect(await revisions(['a'])).toBe('a=1')
  nowMs = 400_000
  expect(await revisions(['a'])).toBe('a=2')
  expect(await revisions([])).toBe('')
})

test('the secrets of a configuration are those it refers to', () => {
  const { openclaw } = machineConfiguration({
    channels: [{ kind: 'slack', allowFrom: [] }],
    model: { provider: 'openai', name: 'gpt', apiKeySecret: 'openai-api-key' },
  })
  expect(secretsIn(openclaw)).toEqual(['openai-api-key', 'slack-app-token', 'slack-bot-token'])
})
