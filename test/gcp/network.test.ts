import { expect, test } from 'vitest'
import { inventory } from '../../infra/local/gcp/inventory.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { aCloud, aNetwork, compute, must, PROJECT, REGION, ZONE } from './a-cloud.ts'

const POLICIES = `${compute(PROJECT)}/global/firewallPolicies`

const RULE: JsonObject = {
  priority: 100,
  direction: 'INGRESS',
  action: 'allow',
  match: { srcIpRanges: ['35.235.240.0/20'], layer4Configs: [{ ipProtocol: 'tcp', ports: ['22'] }] },
}

test.each([
  ['no priority', { priority: undefined }],
  ['an unknown action', { action: 'permit' }],
  ['no direction', { direction: undefined }],
  ['no protocol', { match: { srcIpRanges: ['35.235.240.0/20'] } }],
  [
    'ports where there are none',
    { match: { srcIpRanges: ['0.0.0.0/0'], layer4Configs: [{ ipProtocol: 'icmp', ports: ['22'] }] } },
  ],
  [
    'a port too high',
    { match: { srcIpRanges: ['0.0.0.0/0'], layer4Configs: [{ ipProtocol: 'tcp', ports: ['70000'] }] } },
  ],
  ['bits after the prefix', { match: { srcIpRanges: ['35.235.240.1/20'], layer4Configs: [{ ipProtocol: 'tcp' }] } }],
  ['no source', { match: { layer4Configs: [{ ipProtocol: 'tcp' }] } }],
])('a firewall rule with %s is refused', async (_, changes) => {
  const { send } = aCloud()
  await must(send, `POST ${POLICIES}`, { name: 'pol' })
  expect((await send(`POST ${POLICIES}/pol/addRule`, { ...RULE, ...changes })).status).toBe(400)
})

test('firewall rules are added once per priority, changed and removed', async () => {
  const { send } = aCloud()
  await must(send, `POST ${POLICIES}`, { name: 'pol' })
  await must(send, `POST ${POLICIES}/pol/addRule`, RULE)
  expect((await send(`POST ${POLICIES}/pol/addRule`, RULE)).status).toBe(400)
  await must(send, `POST ${POLICIES}/pol/patchRule?priority=100`, { enableLogging: true })
  expect(await must(send, `GET ${POLICIES}/pol/getRule?priority=100`)).toMatchObject({
    action: 'allow',
    enableLogging: true,
  })
  await must(send, `POST ${POLICIES}/pol/removeRule?priority=100`)
  expect((await send(`GET ${POLICIES}/pol/getRule?priority=100`)).status).toBe(400)
})

test('the network of a plane is taken down in one order only, and then nothing is left', async () => {
  const { send, cloud } = aCloud()
  await aNetwork(send)
  const network = `${PROJECT}/global/networks/net`
  const nats = [
    { name: 'nat', natIpAllocateOption: 'AUTO_ONLY', sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES' },
  ]
  await must(send, `POST ${compute(REGION)}/routers`, { name: 'router', network })
  await must(send, `PATCH ${compute(REGION)}/routers/router`, { nats })
  await must(send, `POST ${POLICIES}`, { name: 'pol' })
  await must(send, `POST ${POLICIES}/pol/addAssociation`, { name: 'a', attachmentTarget: network })
  const steps = [
    `POST ${POLICIES}/pol/removeAssociation?name=a`,
    `DELETE ${POLICIES}/pol`,
    `DELETE ${compute(REGION)}/routers/router`,
    `DELETE ${compute(REGION)}/subnetworks/sub`,
    `DELETE ${compute(PROJECT)}/global/networks/net`,
  ]
  const early: unknown[] = []
  for (const step of steps) {
    early.push((await send(steps.at(-1) ?? '')).message.includes('already being used'))
    await send(step)
    await must(send, `GET ${compute(PROJECT)}/global/networks`)
  }
  // The last time it was no longer in use, and went.
  expect(early).toEqual([true, true, true, true, false])
  expect(inventory(cloud.world)).toMatchObject({ resources: [{ collection: 'projects' }], operations: [] })
})

test('a snapshot schedule is attached to disks of its region, and stays while one has it', async () => {
  const { send } = aCloud()
  const snapshotSchedulePolicy = {
    schedule: { dailySchedule: { daysInCycle: 1, startTime: '04:00' } },
    retentionPolicy: { maxRetentionDays: 7 },
  }
  await must(send, `POST ${compute(REGION)}/resourcePolicies`, { name: 'daily', snapshotSchedulePolicy })
  await must(send, `POST ${compute(ZONE)}/disks`, { name: 'data', sizeGb: '10' })
  await must(send, `POST ${compute(ZONE)}/disks/data/addResourcePolicies`, {
    resourcePolicies: ['regions/europe-west1/resourcePolicies/daily'],
  })
  expect((await send(`DELETE ${compute(REGION)}/resourcePolicies/daily`)).status).toBe(400)
  await must(send, `POST ${compute(ZONE)}/disks/data/createSnapshot`, { name: 'snap', labels: { a: 'b' } })
  expect(await must(send, `GET ${compute(PROJECT)}/global/snapshots/snap`)).toMatchObject({
    status: 'READY',
    labels: { a: 'b' },
  })
})

test('a firewall policy is made without rules, and takes all of them at once', async () => {
  const { send } = aCloud()
  expect((await send(`POST ${POLICIES}`, { name: 'pol', rules: [RULE] })).status).toBe(400)
  await must(send, `POST ${POLICIES}`, { name: 'pol' })
  const { rules = [], fingerprint = '' } = await must(send, `GET ${POLICIES}/pol`)
  const defaults = (rules as readonly JsonObject[]).map(({ kind: _kind, ruleTupleCount: _count, ...rule }) => rule)
  const patch = (changes: JsonObject) => send(`PATCH ${POLICIES}/pol`, { fingerprint, ...changes })
  expect((await patch({ rules: [RULE] })).message).toContain('default rules')
  expect((await patch({ rules: [...defaults, RULE, RULE] })).message).toContain('same priorities: 100')
  expect((await patch({ rules: [...defaults, RULE], fingerprint: 'AAAAAAAAAAA=' })).status).toBe(412)
  expect((await patch({ rules: [...defaults, RULE] })).status).toBe(200)
  expect((await patch({ rules: defaults })).status).toBe(412)
  const { rules: after = [] } = await must(send, `GET ${POLICIES}/pol`)
  expect(after).toHaveLength(5)
})

test("a subnetwork's flow logs change with its fingerprint only", async () => {
  const { send } = aCloud()
  await aNetwork(send)
  const sub = `${compute(REGION)}/subnetworks/sub`
  const { fingerprint = '' } = await must(send, `GET ${sub}`)
  expect((await send(`PATCH ${sub}`, { logConfig: { enable: true } })).status).toBe(412)
  await must(send, `PATCH ${sub}`, { logConfig: { enable: true }, fingerprint })
  expect(await must(send, `GET ${sub}`)).toMatchObject({ enableFlowLogs: true, logConfig: { flowSampling: 0.5 } })
  expect((await send(`PATCH ${sub}`, { logConfig: { enable: false }, fingerprint })).status).toBe(412)
})

const daily = (startTime: string): JsonObject => ({
  snapshotSchedulePolicy: { schedule: { dailySchedule: { daysInCycle: 1, startTime } } },
})

test('a snapshot schedule is changed to one that could be made', async () => {
  const { send } = aCloud()
  await must(send, `POST ${compute(REGION)}/resourcePolicies`, { name: 'daily', ...daily('04:00') })
  const schedule = `${compute(REGION)}/resourcePolicies/daily`
  expect((await send(`PATCH ${schedule}`, daily('04:30'))).status).toBe(400)
  await must(send, `PATCH ${schedule}`, daily('05:00'))
  expect(await must(send, `GET ${schedule}`)).toMatchObject(daily('05:00'))
})

test('a name that is taken is refused before a range that is', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  await expect(aNetwork(send)).rejects.toThrow('409')
  const network = `${PROJECT}/global/networks/net`
  const again = await send(`POST ${compute(REGION)}/subnetworks`, { name: 'sub', network, ipCidrRange: '10.10.0.0/24' })
  expect(again.status).toBe(409)
})
