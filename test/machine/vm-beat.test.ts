import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { followConfiguration, sendHeartbeats } from '../../infra/machine/vm/beat.ts'
import type { Beat } from '../../infra/machine/vm/beat.ts'
import { metadataServer } from '../../infra/machine/vm/metadata-server.ts'
import { parseObservation, readObservation, writeObservation } from '../../infra/machine/vm/observation.ts'
import { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import type { LoopbackServer } from '../../shared/process/serve.ts'
import { eventually } from './stage.ts'

let folder: string
let server: LoopbackServer
let abort: AbortController
let configuration: { text: string; etag: string }
let changed: PromiseWithResolvers<void>
let received: { readonly body: HeartbeatBody; readonly token: string | null }[]
let status: number
let said: string[]
let running: Promise<unknown>[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-beat-'))
  server = await serveLoopback(answer, 0)
  abort = new AbortController()
  changed = Promise.withResolvers()
  configuration = { text: '{"generation":"g1","openclaw":{}}', etag: 'e1' }
  ;[received, said, running, status] = [[], [], [], 204]
})
afterEach(async () => {
  abort.abort()
  changed.resolve()
  await Promise.all(running)
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/heartbeat') {
    const body = HeartbeatBody.parse(await request.json())
    if (status < 300) received.push({ body, token: request.headers.get('x-agent-identity') })
    return new Response(null, { status })
  }
  if (request.headers.get('metadata-flavor') !== 'Google') return new Response(null, { status: 403 })
  if (pathname.endsWith('/identity'))
    return new Response(`token for ${searchParams.get('audience')} as ${searchParams.get('format')}`)
  if (searchParams.get('last_etag') === configuration.etag) await changed.promise
  return new Response(configuration.text, { headers: { etag: configuration.etag } })
}

const paths = () => ({
  configuration: join(folder, 'configuration.json'),
  observation: join(folder, 'observation.json'),
})

const beat = (): Beat => ({
  metadata: metadataServer(server.url),
  facts: { heartbeatUrl: `${server.url}/heartbeat` },
  paths: paths(),
  heartbeatEveryMs: 600_000,
  journal: { info: (text) => void said.push(text), warn: (text) => void said.push(text) },
  signal: abort.signal,
})

function tell(text: string, etag: string): void {
  configuration = { text, etag }
  changed.resolve()
  changed = Promise.withResolvers()
}

const written = (): Promise<string> => readFile(paths().configuration, 'utf8').catch(() => '')
const seen = { appliedGeneration: 'g1', ready: true, failing: [] }

test('a configuration is taken when it changes, and one that is not one is refused without being repeated', async () => {
  running.push(followConfiguration(beat()))
  await eventually(async () => (await written()).includes('g1'))
  tell('{"generation":"g2","openclaw":{},"canary":1}', 'e2')
  await eventually(() => said.some((line) => line.includes('unknown fields')))
  expect(await written()).toContain('g1')
  expect(said.join(' ')).not.toContain('canary')
  tell('{"generation":"g3","openclaw":{}}', 'e3')
  await eventually(async () => (await written()).includes('g3'))
})

test('the first heartbeat says that nothing is seen yet, and a ready gateway is told at once', async () => {
  running.push(sendHeartbeats(beat()))
  await eventually(() => received.length === 1)
  expect(received[0]?.body).toEqual({ appliedGeneration: '', ready: false, failing: ['supervisor'], first: false })
  await writeObservation(paths().observation, seen)
  await eventually(() => received.length === 2)
  expect(received[1]).toEqual({
    body: { ...seen, first: true },
    token: `token for ${server.url}/heartbeat as full`,
  })
  await writeObservation(paths().observation, { ...seen, appliedGeneration: 'g2' })
  await eventually(() => received.length === 3)
  expect(received[2]?.body).toMatchObject({ appliedGeneration: 'g2', first: true })
})

test('a heartbeat that is not delivered is sent again, and that is said once', async () => {
  status = 503
  running.push(sendHeartbeats({ ...beat(), heartbeatEveryMs: 100 }))
  await eventually(() => said.length > 0)
  status = 204
  await eventually(() => received.length > 0)
  expect(said).toEqual(['heartbeats are not delivered: heartbeat answered 503'])
})

test('an observation that is no file of its own, too long or old says nothing', async () => {
  const path = paths().observation
  const read = (): Promise<unknown> => readObservation(path, Date.now())
  const other = join(folder, 'other')
  await writeObservation(other, seen)
  expect(await read()).toBeUndefined()
  await symlink(other, path)
  expect(await read()).toBeUndefined()
  await rm(path)
  await promisify(execFile)('mkfifo', [path])
  expect(await read()).toBeUndefined()
  await rm(path)
  await writeFile(path, JSON.stringify({ ...seen, padding: 'x'.repeat(5000) }))
  expect(await read()).toBeUndefined()
  await writeObservation(path, seen)
  expect(await read()).toEqual(seen)
  const oldS = Date.now() / 1000 - 60
  await utimes(path, oldS, oldS)
  expect(await read()).toBeUndefined()
})

test.each([
  ['all there is', { ...seen, openclawVersion: '2026.9.6', uptimeMs: 5, channels: { telegram: 'connected' } }],
  ['the least', seen],
])('an observation with %s makes a heartbeat', (_, observed) => {
  expect(parseObservation(JSON.stringify(observed))).toEqual(observed)
})

test.each([
  ['a field nobody knows', { ...seen, identity: 'me' }],
  ['a version that is too long', { ...seen, openclawVersion: 'x'.repeat(33) }],
  ['an uptime that is none', { ...seen, uptimeMs: -1 }],
  ['a channel in an unknown state', { ...seen, channels: { telegram: 'hacked' } }],
  ['channels that are a list', { ...seen, channels: ['telegram'] }],
])('%s is left out of the heartbeat', (_, observed) => {
  const parsed = parseObservation(JSON.stringify(observed))
  expect(parsed).toEqual(seen)
  expect(HeartbeatBody.safeParse({ ...parsed, first: false }).success).toBe(true)
})

test.each([
  ['no JSON', 'x'],
  ['null', 'null'],
  ['no generation', '{"ready":true,"failing":[]}'],
  ['a generation that is too long', JSON.stringify({ ...seen, appliedGeneration: 'g'.repeat(65) })],
  ['readiness in words', JSON.stringify({ ...seen, ready: 'yes' })],
  ['too many failures', JSON.stringify({ ...seen, failing: Array.from({ length: 21 }, () => 'x') })],
])('%s is no observation', (_, text) => {
  expect(parseObservation(text)).toBeUndefined()
})
