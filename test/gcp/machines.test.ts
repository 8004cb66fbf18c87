import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet } from 'jose'
import { expect, test } from 'vitest'
import { simulatedMachines } from '../../infra/local/gcp/machines/machines.ts'
import type { PostHeartbeat } from '../../infra/local/gcp/machines/machine.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import { identityVerifier } from '../../shared/gcp/identity-token.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { RuntimeWishes } from '../../shared/openclaw/configuration.ts'
import { aCloud, aMachine, aNetwork, compute, email, grant, must, PROJECT, ZONE } from './a-cloud.ts'

const URL = 'https://planes.example.com/heartbeat'
const INSTANCES = `${compute(ZONE)}/instances`
const NAME = 'ap-planeaaaa2-adaaaaaaa2'
const SECRET = `/v1/${PROJECT}/secrets/${NAME}-openai-api-key`

const ACCOUNTS = 'principalSet://cloudresourcemanager.googleapis.com/projects/123456789012/type/ServiceAccount'

const wishes = { channels: [] } satisfies RuntimeWishes
const withModel = {
  channels: [],
  model: { provider: 'openai', name: 'gpt-5', apiKeySecret: 'openai-api-key' },
} satisfies RuntimeWishes
const withTelegram = { channels: [{ kind: 'telegram', allowFrom: [] }] } satisfies RuntimeWishes

const metadataOf = (told: RuntimeWishes, changes: Readonly<Record<string, string>> = {}) => {
  const items = {
    'ap-plane': 'planeaaaa2',
    'ap-agent-uid': 'adaaaaaaa2',
    'ap-heartbeat-url': URL,
    'ap-openclaw-version': '2026.9.6',
    'ap-restart': '0',
    'ap-configuration': JSON.stringify(machineConfiguration(told)),
    ...changes,
  }
  return { items: Object.entries(items).map(([key, value]) => ({ key, value })) }
}

/** A cloud with one agent's machine, and the heartbeats it sent. */
async function aBooted(told: RuntimeWishes, changes?: Readonly<Record<string, string>>, answer = 204) {
  const test = aCloud()
  const { cloud, clock, send } = test
  const beats: { readonly token: string; readonly body: HeartbeatBody }[] = []
  const post: PostHeartbeat = async (_, token, body) => {
    beats.push({ token, body })
    return answer
  }
  const machines = simulatedMachines(cloud, { bootMs: 20_000, heartbeatEveryMs: 60_000, post })
  await aNetwork(send)
  await must(send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: NAME })
  await grant(send, `/v1/${PROJECT}`, 'roles/logging.logWriter', ACCOUNTS)
  const serviceAccounts = [{ email: email(NAME), scopes: ['https://www.googleapis.com/auth/cloud-platform'] }]
  await must(send, `POST ${INSTANCES}`, aMachine(NAME, { serviceAccounts, metadata: metadataOf(told, changes) }))
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000)
      await machines.tick()
    }
  }
  await machines.tick()
  return { ...test, beats, pass }
}

test('a machine that was started boots, and reports with a token that proves which one it is', async () => {
  const { cloud, clock, send, beats, pass } = await aBooted(wishes)
  await pass(19_000)
  expect(beats).toEqual([])
  await pass(2_000)
  const [{ token, body } = { token: '', body: undefined }] = beats
  const { generation } = machineConfiguration(wishes)
  expect(body).toMatchObject({ ready: true, failing: [], first: true, appliedGeneration: generation })
  const verify = identityVerifier({
    issuer: 'https://accounts.google.com',
    audience: URL,
    keys: createLocalJWKSet(cloud.world.signer.certs() as unknown as JSONWebKeySet),
    clock,
  })
  const { id } = await must(send, `GET ${INSTANCES}/${NAME}`)
  const { uniqueId } = await must(send, `GET /v1/${PROJECT}/serviceAccounts/${email(NAME)}`)
  expect(await verify(token)).toMatchObject({
    sub: uniqueId,
    email: email(NAME),
    instanceId: id,
    zone: 'europe-west1-b',
    projectId: 'demo-project',
  })
  await pass(120_000)
  expect(beats.map((beat) => beat.body.first)).toEqual([true, false, false])
})

test('a machine follows its configuration and says when it runs another', async () => {
  const { send, beats, pass } = await aBooted(wishes)
  await pass(30_000)
  const { metadata } = await must(send, `GET ${INSTANCES}/${NAME}`)
  const { fingerprint } = metadata as JsonObject
  const next = { ...wishes, thinkingClock: { every: '30m', prompt: 'think' } }
  await must(send, `POST ${INSTANCES}/${NAME}/setMetadata`, { ...metadataOf(next), fingerprint })
  await pass(2_000)
  expect(beats.at(-1)?.body).toMatchObject({
    first: true,
    appliedGeneration: machineConfiguration(next).generation,
  })
})

test('a machine without its model key is not ready until it may read a value', async () => {
  const { send, beats, pass } = await aBooted(withModel)
  await pass(30_000)
  expect(beats.at(-1)?.body).toMatchObject({ ready: false, failing: ['model'], first: false })
  await must(send, `POST /v1/${PROJECT}/secrets?secretId=${NAME}-openai-api-key`, { replication: { automatic: {} } })
  await must(send, `POST ${SECRET}:addVersion`, { payload: { data: 'aHVzaA==' } })
  await pass(60_000)
  expect(beats.at(-1)?.body).toMatchObject({ ready: false, failing: ['model'] })
  await grant(send, SECRET, 'roles/secretmanager.secretAccessor', `serviceAccount:${email(NAME)}`)
  await pass(2_000)
  expect(beats.at(-1)?.body).toMatchObject({ ready: true, failing: [], first: true })
})

test('a channel without its token keeps nobody from answering', async () => {
  const { beats, pass } = await aBooted(withTelegram)
  await pass(30_000)
  expect(beats.at(-1)?.body).toMatchObject({
    ready: true,
    failing: ['telegram'],
    channels: { telegram: 'unconfigured' },
    first: true,
  })
})

test('a first heartbeat that was refused is owed', async () => {
  const { beats, pass } = await aBooted(wishes, {}, 503)
  await pass(30_000)
  expect(beats.length).toBeGreaterThan(1)
  expect(beats.every(({ body }) => body.first)).toBe(true)
})

test('a machine whose account is disabled gets no token, and one that is stopped says nothing', async () => {
  const { send, beats, pass } = await aBooted(wishes)
  await pass(30_000)
  await must(send, `POST /v1/${PROJECT}/serviceAccounts/${email(NAME)}:disable`)
  const before = beats.length
  await pass(120_000)
  expect(beats).toHaveLength(before)
  await must(send, `POST /v1/${PROJECT}/serviceAccounts/${email(NAME)}:enable`)
  await must(send, `POST ${INSTANCES}/${NAME}/stop`)
  await pass(120_000)
  expect(beats).toHaveLength(before)
  await must(send, `POST ${INSTANCES}/${NAME}/start`)
  await pass(30_000)
  expect(beats.at(-1)?.body.first).toBe(true)
})

test('what a machine says is in the log of its project, written by its own account under its labels', async () => {
  const { cloud, send, pass } = await aBooted(wishes)
  await pass(30_000)
  const { id } = await must(send, `GET ${INSTANCES}/${NAME}`)
  const [said, ...more] = cloud.world.logs.entries()
  expect(more).toEqual([])
  expect(said).toMatchObject({
    logName: `${PROJECT}/logs/agents-plane`,
    labels: { 'ap-plane': 'planeaaaa2', 'ap-agent-uid': 'adaaaaaaa2' },
    resource: {
      type: 'gce_instance',
      labels: { project_id: 'demo-project', zone: 'europe-west1-b', instance_id: id },
    },
    severity: 'INFO',
    textPayload: expect.stringContaining('gateway is ready'),
  })
  expect(cloud.world.access.usage(email(NAME)).used).toContain('logging.logEntries.create')
})

test.each([
  ['ap-agent-uid', 'ada; rm -rf /'],
  ['ap-plane', '../../etc'],
])('a machine whose %s is wrong writes under no label at all', async (key, value) => {
  const { cloud, beats, pass } = await aBooted(wishes, { [key]: value })
  await pass(120_000)
  expect([beats, cloud.world.logs.entries()]).toEqual([[], []])
})

test.each([
  ['ap-heartbeat-url', 'file:///etc/passwd'],
  ['ap-openclaw-version', 'latest'],
  ['ap-configuration', 'not json'],
])('metadata with a wrong %s is refused by its key, without its value', async (key, value) => {
  const { cloud, beats, pass } = await aBooted(wishes, { [key]: value })
  await pass(120_000)
  expect(beats).toEqual([])
  const [entry, ...more] = cloud.world.logs.entries()
  expect(more).toEqual([])
  expect(entry).toMatchObject({ severity: 'ERROR', textPayload: expect.stringContaining(key) })
  expect(entry?.['textPayload']).not.toContain(value)
})
