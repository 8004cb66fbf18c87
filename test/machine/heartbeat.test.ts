import { readFile } from 'node:fs/promises'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import { names } from '../../shared/documents/names.ts'
import { adminRpc } from '../../shared/openclaw/admin-rpc.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { writeEndpoints } from '../../shared/process/endpoints.ts'
import { LOCAL_ISSUER } from '../../shared/process/issuer.ts'
import { readRecord } from '../../shared/process/files.ts'
import type { MachineRecord } from '../../shared/process/machine-record.ts'
import { metadataHandler } from '../../shared/process/metadata-server.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import { clock, eventually, openStage, wishes } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

const firsts = () => stage.received.filter(({ body }) => body.first)

const keys = async () =>
  createLocalJWKSet((await (await fetch(`${stage.metadataUrl}/jwks.json`)).json()) as JSONWebKeySet)

test('the first ready heartbeat says so once, and carries the provisioned identity', async () => {
  const { id, generation } = await stage.insert()
  await eventually(() => firsts().length > 0)
  const seen = stage.received.length
  await eventually(() => stage.received.length > seen + 1)
  expect(firsts()).toHaveLength(1)
  const [first] = firsts()
  expect(HeartbeatBody.parse(first?.body)).toMatchObject({ ready: true, failing: [], appliedGeneration: generation })
  expect(first?.body.openclawVersion).toBe('2026.9.6')

  const { place, backend, heartbeatUrl } = stage
  const account = await backend.identity.find(place)
  const { payload } = await jwtVerify(first?.token ?? '', await keys(), {
    issuer: LOCAL_ISSUER,
    audience: heartbeatUrl,
    algorithms: ['RS256'],
  })
  expect(payload).toMatchObject({
    sub: account?.uniqueId,
    email: `${names.account(place)}@local.iam.gserviceaccount.com`,
    email_verified: true,
    google: {
      compute_engine: {
        project_id: place.project,
        zone: place.zone,
        instance_id: id,
        instance_name: names.machine(place),
        project_number: expect.any(Number),
      },
    },
  })
})

test('an address that fails is tried again, and nothing that was owed is lost', async () => {
  stage.answer = 503
  const { id } = await stage.insert()
  const log = () => readFile(stage.paths.machineLog, 'utf8')
  await eventually(async () => (await log()).includes('heartbeats are not delivered'))
  stage.answer = 204
  await eventually(() => firsts().length > 0)
  expect(await stage.backend.machines.find(stage.place)).toMatchObject({ id, state: 'running' })
})

test('another configuration is applied while the gateway runs, and reported as the first of its generation', async () => {
  const { backend, place, intent } = stage
  const { id } = await stage.insert()
  await eventually(() => firsts().length === 1)
  const next = machineConfiguration({ ...wishes, openclawHeartbeat: { every: '30m' } })
  await backend.machines.configure(intent, place, id, next)
  await eventually(() => firsts().length === 2)
  expect(firsts()[1]?.body.appliedGeneration).toBe(next.generation)
  const written = JSON.parse(await readFile(`${stage.paths.disk}/openclaw/openclaw.json`, 'utf8'))
  expect(written.agents.defaults.heartbeat.every).toBe('30m')
  expect(JSON.stringify(written)).not.toContain('{{')
})

test('a thinking clock is one job that changes and goes with the spec', async () => {
  const { backend, place, intent, paths } = stage
  const { id } = await stage.insert(
    machineConfiguration({ ...wishes, thinkingClock: { every: '2h', prompt: 'think' } }),
  )
  await eventually(() => firsts().length === 1)
  const record = await readRecord<MachineRecord>(paths.machineRecord)
  const rpc = adminRpc(`http://127.0.0.1:${record?.port}`, () => readFile(paths.gatewayToken, 'utf8'))
  expect(await rpc('cron.list')).toMatchObject({
    jobs: [{ schedule: { everyMs: 7_200_000 }, sessionTarget: 'isolated' }],
  })
  await backend.machines.configure(intent, place, id, machineConfiguration(wishes))
  await eventually(() => firsts().length === 2)
  expect(await rpc('cron.list')).toEqual({ jobs: [] })
})

test('a removed channel restarts the gateway, in the same machine', async () => {
  const { backend, place, intent, paths } = stage
  const telegram = { kind: 'telegram' as const, allowFrom: ['1'] }
  const { id } = await stage.insert(machineConfiguration({ channels: [telegram] }))
  await eventually(() => firsts().length === 1)
  expect(firsts()[0]?.body.channels).toEqual({ telegram: 'unconfigured' })
  await backend.machines.configure(intent, place, id, machineConfiguration(wishes))
  await eventually(() => firsts().length === 2)
  expect(await readFile(paths.machineLog, 'utf8')).toContain('the gateway is started again')
  expect(await backend.machines.find(place)).toMatchObject({ id, state: 'running' })
})

test('a disabled account gets no token, and the machine goes on without', async () => {
  const { backend, place, intent } = stage
  await stage.insert()
  await eventually(() => firsts().length === 1)
  await backend.identity.setDisabled(intent, place, true)
  await eventually(async () => (await readFile(stage.paths.machineLog, 'utf8')).includes('answered 403'))
  expect(await backend.machines.find(place)).toMatchObject({ state: 'running' })
})

test('a machine follows the servers of its plane to other addresses', async () => {
  const { stateDir, paths } = stage
  await stage.insert()
  await eventually(() => firsts().length === 1)
  let moved = 0
  const metadata = await serveLoopback(await metadataHandler({ stateDir, clock }), 0)
  const heartbeats = await serveLoopback(async () => {
    moved += 1
    return new Response(null, { status: 204 })
  }, 0)
  expect.hasAssertions()
  try {
    await writeEndpoints(stateDir, { metadataUrl: metadata.url, heartbeatUrl: `${heartbeats.url}/heartbeat` })
    await eventually(() => moved > 1)
    const told = () => readFile(`${paths.disk}/openclaw/openclaw.json`, 'utf8')
    await eventually(async () => (await told()).includes(`${metadata.url}/demo-model/v1`))
  } finally {
    await metadata.close()
    await heartbeats.close()
  }
})
