import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { googleLogs } from '../../shared/gcp/logs.ts'
import { googleOwnerAccess, googleVault } from '../../shared/gcp/people.ts'
import { aStand, PLACE } from './adapter-stand.ts'
import { START_MS } from './a-cloud.ts'

const NAME = 'ap-planeuid22-agentuid22'
const at = (ms: number): string => new Date(START_MS + ms).toISOString()

const entry = (ms: number, severity: string, said: JsonObject, uid: string = PLACE.uid): JsonObject => ({
  logName: 'projects/demo-project/logs/agents-plane',
  timestamp: at(ms),
  insertId: `${ms} ${uid}`,
  severity,
  labels: { 'ap-agent-uid': uid },
  resource: { type: 'gce_instance', labels: { instance_id: '7' } },
  ...said,
})

describe('logs of an agent', () => {
  test('are its own lines after a moment, oldest first, without what looks like a secret', async () => {
    const { cloud, google } = await aStand()
    const { logs } = cloud.world
    logs.write(entry(3, 'WARNING', { textPayload: 'heartbeat answered 503' }))
    logs.write(entry(1, 'INFO', { textPayload: 'too old' }))
    logs.write(entry(4, 'CRITICAL', { jsonPayload: { message: 'Bearer abcdefghijkl was refused' } }))
    logs.write(entry(2, 'NOTICE', { textPayload: 'somebody else' }, 'otheruid22'))
    logs.write(entry(2, 'NOTICE', { textPayload: 'boots' }))
    expect(await googleLogs(google).read(PLACE, { sinceMs: START_MS + 1, limit: 10 })).toEqual([
      { atMs: START_MS + 2, severity: 'info', text: 'boots' },
      { atMs: START_MS + 3, severity: 'warning', text: 'heartbeat answered 503' },
      { atMs: START_MS + 4, severity: 'error', text: '[redacted] was refused' },
    ])
  })

  test('are those of the machines of the plane, whatever is in a uid', async () => {
    const { cloud, google } = await aStand()
    cloud.world.logs.write({ ...entry(2, 'INFO', { textPayload: 'x' }), logName: 'projects/demo-project/logs/other' })
    cloud.world.logs.write(entry(3, 'INFO', { textPayload: 'y' }, 'otheruid22'))
    const read = (uid: string) => googleLogs(google).read({ ...PLACE, uid }, { sinceMs: START_MS, limit: 10 })
    for (const uid of [PLACE.uid, 'x" OR labels."ap-agent-uid"="otheruid22', '\\"', '*']) {
      // The simulation refuses a value with a wildcard; all else is one value, and nobody's.
      expect(await read(uid).catch(({ kind }: { readonly kind?: string }) => (kind === 'Invalid' ? [] : kind))).toEqual(
        [],
      )
    }
  })

  test('are as many as asked for, also when they come in pages', async () => {
    const { cloud, google } = await aStand()
    for (let ms = 1; ms <= 1100; ms++) cloud.world.logs.write(entry(ms, 'INFO', { textPayload: `line ${ms}` }))
    const logs = googleLogs(google)
    expect(await logs.read(PLACE, { sinceMs: START_MS, limit: 3 })).toHaveLength(3)
    const last = await logs.read(PLACE, { sinceMs: START_MS, limit: 2, newest: true })
    expect(last).toEqual((await logs.read(PLACE, { sinceMs: START_MS, limit: 2000 })).slice(-2))
    const many = await logs.read(PLACE, { sinceMs: START_MS, limit: 1050 })
    expect([many.length, many.at(-1)?.text]).toEqual([1050, 'line 1050'])
  })

  test('are refused to who may not read them, by the name of the permission', async () => {
    const { googleAs } = await aStand()
    const read = googleLogs(googleAs('nobody@example.com')).read(PLACE, { sinceMs: START_MS, limit: 1 })
    await expect(read).rejects.toMatchObject({
      kind: 'Denied',
      message: expect.stringContaining('logging.logEntries.list'),
    })
  })
})

test('owners are told the tunnel to their machine, what prints its token and how to ask it something', async () => {
  const address = await googleOwnerAccess.show(PLACE)
  const ssh = `gcloud compute ssh ${NAME} --project=demo-project --zone=europe-west1-b --tunnel-through-iap`
  expect(address).toEqual({
    url: 'http://127.0.0.1:18789/',
    commands: [`${ssh} -- -N -L 18789:127.0.0.1:18789`, `${ssh} --command='sudo -u openclaw gateway-token'`],
    ask:
      'OPENCLAW_GATEWAY_URL=ws://127.0.0.1:18789 ' +
      `OPENCLAW_GATEWAY_TOKEN="$(${ssh} --command='sudo -u openclaw gateway-token')" ` +
      'openclaw agent --agent main --message ping',
  })
})

test('owners set values themselves, from standard input', () => {
  expect(googleVault).toMatchObject({ takes: 'nothing' })
  expect(googleVault.command(PLACE, 'openai-api-key')).toBe(
    `gcloud secrets versions add ${NAME}-openai-api-key --project=demo-project --data-file=-`,
  )
})
