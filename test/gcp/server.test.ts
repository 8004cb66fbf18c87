import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { virtualClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import type { CloudServer } from '../../infra/local/gcp/server.ts'
import { ADMIN, PROJECT, START_MS } from './a-cloud.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const authorization = `Bearer sim:${ADMIN}`
let server: CloudServer

beforeAll(async () => {
  server = await listen(simulatedCloud(calm, { clock: virtualClock(START_MS), random: seededRandom(2) }), 0)
})
afterAll(() => server.close())

async function request(line: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const [method = '', path = ''] = line.split(' ')
  const response = await fetch(`${server.address}${path}`, {
    method,
    headers: { authorization },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

test('the control endpoints bring trouble, advance the clock and say what exists and what was used', async () => {
  await request('POST /__sim/troubles', { kind: 'lostAnswer', method: 'secretmanager.projects.secrets.create' })
  await expect(request(`POST ${SECRETS}?secretId=a`, { replication: { automatic: {} } })).rejects.toThrow(
    /fetch failed/,
  )
  expect(await request('GET /__sim/inventory')).toMatchObject({
    body: { resources: expect.arrayContaining([expect.objectContaining({ name: `${PROJECT}/secrets/a` })]) },
  })
  const { body: used } = await request('GET /__sim/permissions')
  expect(used).toMatchObject({ [ADMIN]: { used: ['secretmanager.secrets.create'] } })
  expect(await request('POST /__sim/clock', { advanceMs: 1000 })).toMatchObject({ body: { nowMs: START_MS + 1000 } })
  expect(await request('GET /__sim/troubles')).toMatchObject({ body: [] })
  expect(await request('POST /__sim/troubles', { kind: 'nonsense', method: 'x' })).toMatchObject({ status: 400 })
  expect(await request('GET /__sim/nothing')).toMatchObject({ status: 400 })
})

test('a cloud without control takes no control requests', async () => {
  const closed = await listen(
    simulatedCloud({ ...calm, control: false }, { clock: virtualClock(START_MS), random: seededRandom(2) }),
    0,
  )
  const response = await fetch(`${closed.address}/__sim/inventory`)
  await closed.close()
  expect(response.status).toBe(403)
})

const part = (id: string, path: string): string =>
  `--b\r\nContent-Type: application/http\r\nContent-ID: <${id}>\r\n\r\nGET ${path} HTTP/1.1\r\n\r\n\r\n`

test('a batch of compute requests is answered part by part', async () => {
  const zones = '/compute/v1/projects/demo-project/zones'
  const response = await fetch(`${server.address}/batch/compute/v1`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'multipart/mixed; boundary="b"' },
    body: `${part('one', zones)}${part('two', `${zones}/nowhere`)}--b--`,
  })
  const text = await response.text()
  expect(text).toMatch(/response-one>[^]*HTTP\/1.1 200[^]*response-two>[^]*HTTP\/1.1 404/)
})

test('it can be started by hand', async () => {
  const child = spawn(process.execPath, ['infra/local/gcp/main.ts', '--project', 'mine', '--scale', '0.05'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const address = /http:\/\/\S+/.exec(String(line))?.[0] ?? ''
  const response = await fetch(`${address}/v1/projects/mine`, { headers: { authorization } })
  expect(await response.json()).toMatchObject({ projectId: 'mine', lifecycleState: 'ACTIVE' })
  child.kill()
  await once(child, 'exit')
})
