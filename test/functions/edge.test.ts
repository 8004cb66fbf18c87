import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../../infra/local/ports.ts'
import { ErrorBody } from '../../shared/api/errors.ts'
import { PATIENT } from '../fakes/patience.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const PROGRAM = join(ROOT, 'node_modules/.bin/functions-framework')
const TOKEN = 'a-token-of-nobody'
const parts = new AsyncDisposableStack()
let url: string

/** The API behind the framework's own command, as it is deployed. Nothing in these tests gets as far as a document. */
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agents-plane-edge-'))
  parts.defer(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'token'), TOKEN)
  const port = String(await freePort(21_600))
  const child = spawn(process.execPath, [PROGRAM, '--target=api', '--source=functions/index.ts', `--port=${port}`], {
    cwd: ROOT,
    env: { ...environment, AP_STATE_DIR: folder, AP_API_TOKEN_FILE: join(folder, 'token') },
  })
  parts.defer(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await vi.waitUntil(() => said.includes('URL: ') || child.exitCode !== null, PATIENT)
  if (child.exitCode !== null) throw new Error(said)
  url = `http://127.0.0.1:${port}`
})

afterAll(() => parts.disposeAsync())

const environment = {
  AP_MODE: 'local',
  AP_BACKEND: 'process',
  GOOGLE_CLOUD_PROJECT: 'local-plane',
  FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
  PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
  AP_FUNCTIONS_URL: 'http://127.0.0.1:1',
  AP_HEARTBEAT_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
}

const SECRET = 'sk-this-is-a-value-of-nobody'
const json = { 'content-type': 'application/json' }

type Asked = [what: string, path: string, init: RequestInit, status: number, code: string]

test.each<Asked>([
  ['broken JSON', '/v1/planes', { method: 'POST', headers: json, body: `{"name": ${SECRET}` }, 400, 'BadRequest'],
  ['broken JSON of no type', '/v1/planes', { method: 'POST', body: `{"name": ${SECRET}` }, 400, 'BadRequest'],
  ['JSON that is no object', '/v1/planes', { method: 'POST', headers: json, body: '[]' }, 400, 'BadRequest'],
  [
    'another charset',
    '/v1/planes',
    { method: 'POST', headers: { 'content-type': 'application/json; charset=klingon' }, body: '{}' },
    415,
    'UnsupportedMedia',
  ],
  [
    'another encoding',
    '/v1/planes',
    { method: 'POST', headers: { ...json, 'content-encoding': 'klingon' }, body: '{}' },
    415,
    'UnsupportedMedia',
  ],
  [
    'a body that is not compressed as it says',
    '/v1/planes',
    { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' },
    400,
    'BadRequest',
  ],
  [
    'a body over the limit',
    '/v1/planes',
    { method: 'POST', headers: json, body: JSON.stringify({ value: 'x'.repeat(1024 * 1024) }) },
    413,
    'TooLarge',
  ],
  ['a body of another type', '/v1/planes', { method: 'POST', body: 'name=local' }, 400, 'BadRequest'],
  ['an unknown path', '/v1/nothing', {}, 404, 'NoSuchRoute'],
  ['a path that cannot be decoded', '/v1/planes/%E0%A4%A', {}, 400, 'BadRequest'],
  ['a wrong method', '/v1/planes', { method: 'PATCH', headers: json, body: '{}' }, 405, 'WrongMethod'],
  ['no token', '/v1/planes', { headers: { authorization: '' } }, 401, 'SignInNeeded'],
])('%s is answered in JSON that says what is wrong', async (_, path, init, status, code) => {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) }
  const response = await fetch(url + path, { ...init, headers })
  const text = await response.text()
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json'])
  const body = ErrorBody.parse(JSON.parse(text))
  expect([body.code, body.requestId]).toEqual([code, response.headers.get('x-request-id')])
  expect(text).not.toContain(SECRET)
})
