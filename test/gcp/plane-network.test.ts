import { expect, test } from 'vitest'
import type { TroubleKind } from '../../infra/local/gcp/troubles.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import { LeaseExpired, ProviderError } from '../../shared/ports/errors.ts'
import { googleNetwork } from '../../shared/gcp/plane/network.ts'
import { PATIENT } from '../fakes/patience.ts'
import { START_MS } from './a-cloud.ts'
import { EXPIRED, INTENT, PLACE } from './adapter-stand.ts'
import { aMadeNetwork, aPlaneStand, byHand, NAME, PARTS } from './plane-stand.ts'

const MADE = [
  'POST networks',
  'POST firewallPolicies',
  `PATCH firewallPolicies/${NAME}`,
  `POST firewallPolicies/${NAME}/addAssociation`,
  'POST subnetworks',
  'POST routers',
  'POST resourcePolicies',
]
const TAKEN_DOWN = [
  `DELETE resourcePolicies/${NAME}`,
  `POST firewallPolicies/${NAME}/removeAssociation`,
  `DELETE firewallPolicies/${NAME}`,
  `DELETE routers/${NAME}`,
  `DELETE subnetworks/${NAME}`,
  `DELETE networks/${NAME}`,
]
const WHOLE = { id: expect.stringMatching(/^\d+$/), ours: true, missing: [] }
const AGAIN = { ...INTENT, op: 'op2' }

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a network is made in the order in which its parts need one another, and found whole', async () => {
  const { network, changed } = await aPlaneStand()
  expect(await network.findNetwork(PLACE)).toBeUndefined()
  await network.createNetwork(INTENT, PLACE)
  expect(await network.findNetwork(PLACE)).toEqual(WHOLE)
  expect(changed()).toEqual(MADE)
})

test('a network that is whole is not touched', async () => {
  const { network, changed } = await aMadeNetwork()
  await network.createNetwork(AGAIN, PLACE)
  expect(changed()).toEqual([])
})

test('a network is taken down from its firewall policy to itself, and nothing is left', async () => {
  const { network, changed, left } = await aMadeNetwork()
  await network.deleteNetwork(AGAIN, PLACE)
  expect(changed()).toEqual(TAKEN_DOWN)
  expect(left()).toEqual([])
  expect(await network.findNetwork(PLACE)).toBeUndefined()
  await network.deleteNetwork(AGAIN, PLACE)
  expect(changed()).toEqual([])
})

const METHODS = [
  'compute.networks.insert',
  'compute.networkFirewallPolicies.insert',
  'compute.networkFirewallPolicies.patch',
  'compute.networkFirewallPolicies.addAssociation',
  'compute.subnetworks.insert',
  'compute.routers.insert',
  'compute.resourcePolicies.insert',
]
const REMOVALS = [
  'compute.resourcePolicies.delete',
  'compute.routers.delete',
  'compute.subnetworks.delete',
  'compute.networkFirewallPolicies.removeAssociation',
  'compute.networkFirewallPolicies.delete',
  'compute.networks.delete',
]
const KINDS: readonly TroubleKind[] = ['lostRequest', 'lostAnswer', 'operationFails']

const troubled = (methods: readonly string[]): [TroubleKind, string][] =>
  methods.flatMap((method) => KINDS.map((kind): [TroubleKind, string] => [kind, method]))

test.each(troubled(METHODS))('after %s of %s the next attempt makes the rest', async (kind, method) => {
  const { network, cloud, left } = await aPlaneStand()
  cloud.world.troubles.add({ kind, method })
  expect(await failureOf(network.createNetwork(INTENT, PLACE))).toBeInstanceOf(ProviderError)
  await network.createNetwork(AGAIN, PLACE)
  expect(await network.findNetwork(PLACE)).toEqual(WHOLE)
  expect(left()).toHaveLength(5)
})

test.each(troubled(REMOVALS))('after %s of %s the next attempt takes down the rest', async (kind, method) => {
  const { network, cloud, left } = await aMadeNetwork()
  cloud.world.troubles.add({ kind, method })
  expect(await failureOf(network.deleteNetwork(INTENT, PLACE))).toBeInstanceOf(ProviderError)
  await network.deleteNetwork(AGAIN, PLACE)
  expect(left()).toEqual([])
  expect(await network.findNetwork(PLACE)).toBeUndefined()
})

test.each(METHODS.filter((method) => method.endsWith('.insert')))(
  'what %s made a moment before is taken for ours',
  async (method) => {
    const { network, cloud } = await aPlaneStand()
    cloud.world.troubles.add({ kind: 'conflictOurs', method })
    await network.createNetwork(INTENT, PLACE)
    expect(await network.findNetwork(PLACE)).toEqual(WHOLE)
  },
)

test("somebody else's network of the same name is left alone, and nothing is put into it", async () => {
  const stand = await aPlaneStand()
  const { network, changed, left } = stand
  await byHand(stand, `POST ${PARTS.network}`, { name: NAME, autoCreateSubnetworks: false, description: 'mine' })
  expect(await network.findNetwork(PLACE)).toMatchObject({ ours: false, missing: [] })
  await network.createNetwork(INTENT, PLACE)
  await network.deleteNetwork(INTENT, PLACE)
  expect(changed()).toEqual([])
  expect(left()).toHaveLength(1)
})

test('a network that somebody else made a moment before is left alone', async () => {
  const { network, cloud, changed } = await aPlaneStand()
  cloud.world.troubles.add({ kind: 'conflictForeign', method: 'compute.networks.insert' })
  await network.createNetwork(INTENT, PLACE)
  expect(changed()).toEqual(['POST networks'])
  expect(await network.findNetwork(PLACE)).toMatchObject({ ours: false })
})

test.each<[keyof typeof PARTS, object]>([
  ['firewall policy', {}],
  [
    'snapshot schedule',
    { snapshotSchedulePolicy: { schedule: { dailySchedule: { daysInCycle: 1, startTime: '01:00' } } } },
  ],
])("somebody else's %s is named and left alone, and the rest is made", async (part, body) => {
  const stand = await aPlaneStand()
  const { network, left } = stand
  await byHand(stand, `POST ${PARTS[part]}`, { name: NAME, ...body })
  expect(await network.findNetwork(PLACE)).toBeUndefined()
  await network.createNetwork(INTENT, PLACE)
  const missing = [`${part} ${NAME} (there is one that is not of this plane: remove or rename it)`]
  expect(await network.findNetwork(PLACE)).toMatchObject({ ours: true, missing })
  await network.deleteNetwork(AGAIN, PLACE)
  expect(left()).toEqual([expect.stringContaining(PARTS[part].replace('/compute/v1/', ''))])
})

test('a part that is missing is named', async () => {
  const stand = await aMadeNetwork()
  await byHand(stand, `DELETE ${PARTS.router}/${NAME}`)
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ ours: true, missing: [`router ${NAME}`] })
})

test('operations are waited for on the server, once each', async () => {
  const { network, requests, clock } = await aPlaneStand({
    latencies: { calls: { other: 0 }, operations: { other: 12_000 } },
  })
  let running = true
  const made = failureOf(network.createNetwork(INTENT, PLACE)).finally(() => {
    running = false
  })
  const isRunning = (): boolean => {
    if (clock.sleeping() > 0) clock.advance(1000)
    return running
  }
  await expect.poll(isRunning, { ...PATIENT, interval: 1 }).toBe(false)
  expect(await made).toBeUndefined()
  expect(requests.filter((line) => line.endsWith('/wait'))).toHaveLength(MADE.length)
  expect(await network.findNetwork(PLACE)).toEqual(WHOLE)
})

test('an attempt that is over makes and takes down nothing', async () => {
  const { network, requests } = await aMadeNetwork()
  const before = requests.length
  expect(await failureOf(network.createNetwork(EXPIRED, PLACE))).toBeInstanceOf(LeaseExpired)
  expect(await failureOf(network.deleteNetwork(EXPIRED, PLACE))).toBeInstanceOf(LeaseExpired)
  expect(requests).toHaveLength(before)
})

test('an attempt that is nearly over leaves the rest to the next one', async () => {
  const { network, changed } = await aPlaneStand()
  await network.createNetwork({ op: 'op3', untilMs: START_MS + 1000 }, PLACE)
  expect(changed()).toEqual([])
})

test('a project with all the networks it may have says so', async () => {
  const { network } = await aPlaneStand({
    quotas: { ...calm.quotas, project: { ...calm.quotas.project, NETWORKS: 0 } },
  })
  const error = await failureOf(network.createNetwork(INTENT, PLACE))
  expect(error).toMatchObject({ kind: 'QuotaExceeded' })
  expect(String(error)).toContain(`network ${NAME}: Quota 'NETWORKS' exceeded.  Limit: 0.0 globally.`)
})

test('who may not is told which permission is missing', async () => {
  const { googleAs } = await aPlaneStand()
  const error = await failureOf(googleNetwork(googleAs('eve@example.com')).findNetwork(PLACE))
  expect(error).toMatchObject({ kind: 'Denied' })
  expect(String(error)).toMatch(/compute\.\w+\.get/)
})
