import { expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { constantRules } from '../../shared/gcp/plane/firewall-rules.ts'
import { wantedSnapshots } from '../../shared/gcp/plane/network-wanted.ts'
import { must } from './a-cloud.ts'
import { INTENT, PLACE } from './adapter-stand.ts'
import { aMadeNetwork, byHand, NAME, PARTS } from './plane-stand.ts'
import type { PlaneStand } from './plane-stand.ts'

const POLICY = `${PARTS['firewall policy']}/${NAME}`
const AGAIN = { ...INTENT, op: 'op2' }
const EVERYWHERE = { destIpRanges: ['0.0.0.0/0'], layer4Configs: [{ ipProtocol: 'all' }] }

const ofAccount = (account: string, rule: JsonObject = {}): JsonObject => ({
  priority: 20_000,
  direction: 'EGRESS',
  action: 'allow',
  match: EVERYWHERE,
  targetServiceAccounts: [`${account}@demo-project.iam.gserviceaccount.com`],
  ...rule,
})

/** What an agent's own rule is described with. */
const OWN = 'ap-managed=true ap-plane=planeuid22 ap-agent-uid=agentuid22 ap-egress=rest ap-created=1'

/** What somebody does by hand, what is said of it, and what puts it right. */
const DRIFTS: readonly (readonly [what: string, line: string, body: JsonObject, missing: string, fix: string[]])[] = [
  [
    'classic firewall rules come first',
    `PATCH ${PARTS.network}/${NAME}`,
    { networkFirewallPolicyEnforcementOrder: 'AFTER_CLASSIC_FIREWALL' },
    `network ${NAME}: other firewall rules come before those of its policy`,
    [`PATCH networks/${NAME}`],
  ],
  [
    'Google is no longer reached privately',
    `POST ${PARTS.subnetwork}/${NAME}/setPrivateIpGoogleAccess`,
    { privateIpGoogleAccess: false },
    `subnetwork ${NAME}: machines in it do not reach Google privately`,
    [`POST subnetworks/${NAME}/setPrivateIpGoogleAccess`],
  ],
  [
    'a NAT was changed',
    `PATCH ${PARTS.router}/${NAME}`,
    {
      nats: [
        {
          name: NAME,
          natIpAllocateOption: 'AUTO_ONLY',
          sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
        },
      ],
    },
    `router ${NAME}: its NAT is not there, or was changed`,
    [`PATCH routers/${NAME}`],
  ],
  [
    'a NAT is gone',
    `PATCH ${PARTS.router}/${NAME}`,
    { nats: [] },
    `router ${NAME}: its NAT is not there, or was changed`,
    [`PATCH routers/${NAME}`],
  ],
  [
    'snapshots are kept for a day',
    `PATCH ${PARTS['snapshot schedule']}/${NAME}`,
    {
      snapshotSchedulePolicy: {
        schedule: { dailySchedule: { daysInCycle: 1, startTime: '04:00' } },
        retentionPolicy: { maxRetentionDays: 1 },
      },
    },
    `snapshot schedule ${NAME}: when it runs, how long snapshots are kept, or their labels were changed`,
    [`PATCH resourcePolicies/${NAME}`],
  ],
  [
    'snapshots are billed to another plane',
    `PATCH ${PARTS['snapshot schedule']}/${NAME}`,
    {
      snapshotSchedulePolicy: {
        ...wantedSnapshots(PLACE),
        snapshotProperties: { labels: { 'ap-managed': 'true', 'ap-plane': 'another222' } },
      },
    },
    `snapshot schedule ${NAME}: when it runs, how long snapshots are kept, or their labels were changed`,
    [`PATCH resourcePolicies/${NAME}`],
  ],
  [
    'the policy is no longer that of the network',
    `POST ${POLICY}/removeAssociation?name=${NAME}`,
    {},
    `firewall policy ${NAME}: it is not that of the network`,
    [`POST firewallPolicies/${NAME}/addAssociation`],
  ],
  [
    'a rule allows what it denied',
    `POST ${POLICY}/patchRule?priority=210`,
    { action: 'allow' },
    `firewall policy ${NAME}: rule 210 (neither to other agents nor to private networks) was changed`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'a rule is for fewer addresses',
    `POST ${POLICY}/patchRule?priority=210`,
    { match: { destIpRanges: ['10.0.0.0/8'], layer4Configs: [{ ipProtocol: 'all' }] } },
    `firewall policy ${NAME}: rule 210 (neither to other agents nor to private networks) was changed`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'a rule is for one machine only',
    `POST ${POLICY}/patchRule?priority=110`,
    { targetServiceAccounts: ['x@demo-project.iam.gserviceaccount.com'] },
    `firewall policy ${NAME}: rule 110 (nothing else comes in) was changed`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'a rule is switched off',
    `POST ${POLICY}/patchRule?priority=110`,
    { disabled: true },
    `firewall policy ${NAME}: rule 110 (nothing else comes in) was changed`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'a rule nobody knows is there',
    `POST ${POLICY}/addRule`,
    { priority: 50, direction: 'EGRESS', action: 'allow', description: 'quick fix', match: EVERYWHERE },
    `firewall policy ${NAME}: rule 50 (quick fix) does not belong there`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'a rule for everybody is among those of agents',
    `POST ${POLICY}/addRule`,
    ofAccount('x', { targetServiceAccounts: [] }),
    `firewall policy ${NAME}: rule 20000 () does not belong there`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'a rule for an agent of another plane is there',
    `POST ${POLICY}/addRule`,
    ofAccount('ap-otheruid22-agentuid22'),
    `firewall policy ${NAME}: rule 20000 () does not belong there`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    "a rule for one agent is there that is none of that agent's own",
    `POST ${POLICY}/addRule`,
    ofAccount('ap-planeuid22-agentuid22'),
    `firewall policy ${NAME}: rule 20000 () does not belong there`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    "a rule says it is one agent's and is about another",
    `POST ${POLICY}/addRule`,
    ofAccount('ap-planeuid22-otheruid22', { description: OWN }),
    `firewall policy ${NAME}: rule 20000 (${OWN}) does not belong there`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
  [
    'an agent is let in to from outside',
    `POST ${POLICY}/addRule`,
    ofAccount('ap-planeuid22-agentuid22', {
      description: OWN,
      direction: 'INGRESS',
      match: { srcIpRanges: ['0.0.0.0/0'], layer4Configs: [{ ipProtocol: 'all' }] },
    }),
    `firewall policy ${NAME}: rule 20000 (${OWN}) does not belong there`,
    [`PATCH firewallPolicies/${NAME}`],
  ],
]

test.each(DRIFTS)('%s: it is said, and put right', async (_, line, body, missing, fix) => {
  const stand = await aMadeNetwork()
  await byHand(stand, line, body)
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ ours: true, missing: [missing] })
  await stand.network.createNetwork(AGAIN, PLACE)
  expect(stand.changed()).toEqual(fix)
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing: [] })
})

test('flow logs that were switched off are said, and switched on', async () => {
  const stand = await aMadeNetwork()
  const { fingerprint = '' } = await must(stand.send, `GET ${PARTS.subnetwork}/${NAME}`)
  await byHand(stand, `PATCH ${PARTS.subnetwork}/${NAME}`, { logConfig: { enable: false }, fingerprint })
  const missing = [`subnetwork ${NAME}: its flow logs are off`]
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing })
  await stand.network.createNetwork(AGAIN, PLACE)
  expect(stand.changed()).toEqual([`PATCH subnetworks/${NAME}`])
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing: [] })
})

test.each(constantRules.map(({ priority }) => priority))('rule %i is put back when it is gone', async (priority) => {
  const stand = await aMadeNetwork()
  await byHand(stand, `POST ${POLICY}/removeRule?priority=${priority}`, {})
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing: [expect.stringContaining(`${priority}`)] })
  await stand.network.createNetwork(AGAIN, PLACE)
  expect(stand.changed()).toEqual([`PATCH firewallPolicies/${NAME}`])
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing: [] })
})

test('all that is wrong with rules is said, and put right at once', async () => {
  const stand = await aMadeNetwork()
  for (const priority of [100, 110, 210]) await byHand(stand, `POST ${POLICY}/removeRule?priority=${priority}`, {})
  const { missing = [] } = (await stand.network.findNetwork(PLACE)) ?? {}
  expect(missing).toHaveLength(3)
  await stand.network.createNetwork(AGAIN, PLACE)
  expect(stand.changed()).toEqual([`PATCH firewallPolicies/${NAME}`])
})

test('rules that somebody changes meanwhile are not overwritten', async () => {
  const stand = await aMadeNetwork()
  await byHand(stand, `POST ${POLICY}/removeRule?priority=110`, {})
  stand.cloud.world.troubles.add({ kind: 'staleEtag', method: 'compute.networkFirewallPolicies.patch' })
  await expect(stand.network.createNetwork(AGAIN, PLACE)).rejects.toMatchObject({ kind: 'Conflict' })
  await stand.network.createNetwork({ ...INTENT, op: 'op3' }, PLACE)
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing: [] })
})

const priorities = async ({ send }: PlaneStand): Promise<readonly string[]> => {
  const { rules = [] } = await must(send, `GET ${POLICY}`)
  return (rules as readonly JsonObject[]).map(({ priority }) => asText(priority))
}

test("rules of the plane's agents stay while others are put right", async () => {
  const stand = await aMadeNetwork()
  await byHand(stand, `POST ${POLICY}/addRule`, ofAccount('ap-planeuid22-agentuid22', { description: OWN }))
  expect(await stand.network.findNetwork(PLACE)).toMatchObject({ missing: [] })
  await byHand(stand, `POST ${POLICY}/removeRule?priority=110`, {})
  await stand.network.createNetwork(AGAIN, PLACE)
  expect(await priorities(stand)).toEqual(expect.arrayContaining(['110', '20000']))
})

test("another policy in our policy's place is replaced", async () => {
  const stand = await aMadeNetwork()
  const other = `${PARTS['firewall policy']}/other`
  await byHand(stand, `POST ${PARTS['firewall policy']}`, { name: 'other' })
  await byHand(stand, `POST ${other}/addAssociation?replaceExistingAssociation=true`, {
    name: 'other',
    attachmentTarget: `projects/demo-project/global/networks/${NAME}`,
  })
  await stand.network.createNetwork(AGAIN, PLACE)
  expect(await must(stand.send, `GET ${PARTS.network}/${NAME}`)).toMatchObject({
    firewallPolicy: expect.stringContaining(`/firewallPolicies/${NAME}`),
  })
  expect((await must(stand.send, `GET ${other}`))['associations'] ?? []).toEqual([])
})
