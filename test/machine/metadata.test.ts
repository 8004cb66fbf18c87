import { request } from 'node:http'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

const IDENTITY = '/computeMetadata/v1/instance/service-accounts/default/identity'

/** The status of one request; `fetch` would not let a test choose the Host header. */
function statusOf(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, stage.metadataUrl), { headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end()
  })
}

async function headersOf(): Promise<Record<string, string>> {
  await stage.backend.identity.create(stage.intent, stage.place)
  return { 'metadata-flavor': 'Google', 'x-agent-key-handle': await readFile(stage.paths.keyHandle, 'utf8') }
}

test('an identity is given only to whoever holds the handle of an agent that has a machine', async () => {
  const good = await headersOf()
  const path = `${IDENTITY}?audience=https://x/heartbeat`
  const handle = good['x-agent-key-handle'] ?? ''
  const wrong = [
    '',
    'x',
    handle.slice(0, -1),
    `${handle}x`,
    `${handle.slice(0, 11)}${'A'.repeat(43)}`,
    `../../../etc.${handle.slice(11)}`,
    `bbbbbbbbbb.${handle.slice(11)}`,
  ]
  for (const text of wrong) expect(await statusOf(path, { ...good, 'x-agent-key-handle': text })).toBe(401)
  expect(await statusOf(path, { 'metadata-flavor': 'Google' })).toBe(401)
  expect(await statusOf(path, good)).toBe(404)
  await stage.insert()
  expect(await statusOf(path, good)).toBe(200)
  expect(await statusOf(IDENTITY, good)).toBe(400)
  await stage.backend.identity.setDisabled(stage.intent, stage.place, true)
  expect(await statusOf(path, good)).toBe(403)
  await stage.backend.identity.delete(stage.intent, stage.place)
  expect(await statusOf(path, good)).toBe(401)
})

test.each([
  ['a page of another host', { host: 'evil.example' }, 403],
  ['a request without the metadata header', { 'metadata-flavor': '' }, 403],
])('%s is refused', async (_, changed, status) => {
  const good = await headersOf()
  expect(await statusOf(`${IDENTITY}?audience=x`, { ...good, ...changed })).toBe(status)
})

test.each(['/jwks.json', '/demo-model/v1/models', IDENTITY])('%s is not told to web pages', async (path) => {
  expect(await statusOf(path, { ...(await headersOf()), origin: 'https://evil.example' })).toBe(403)
})

test('published keys hold nothing private', async () => {
  const { keys } = (await (await fetch(`${stage.metadataUrl}/jwks.json`)).json()) as { keys: object[] }
  expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']])
})

test('a configuration is answered at once when it is another, and after the wait when it is not', async () => {
  const good = await headersOf()
  const { generation } = await stage.insert()
  const ask = async (etag: string, waitS: number) => {
    const query = `wait_for_change=true&timeout_sec=${waitS}&last_etag=${etag}`
    const url = `${stage.metadataUrl}/computeMetadata/v1/instance/attributes/ap-configuration?${query}`
    const response = await fetch(url, { headers: good })
    return { etag: response.headers.get('etag'), body: await response.json() }
  }
  expect(await ask('0', 30)).toMatchObject({ etag: generation, body: { generation } })
  expect(await ask(generation, 0)).toMatchObject({ etag: generation })
})
