import { expect, test } from 'vitest'
import { overrides } from '../../infra/local/gcp/iam/overrides.ts'
import { methodPermissions } from '../../infra/local/gcp/iam/permissions.ts'
import { served } from '../../infra/local/gcp/served.ts'
import { aCloud, aMachine, aNetwork, compute, must, PROJECT, REGION, ZONE } from './a-cloud.ts'

const SECRETS = `/v1/${PROJECT}/secrets`
const ACCOUNTS = `/v1/${PROJECT}/serviceAccounts`

test.each([
  ['an unknown path', `GET /v1/${PROJECT}/nonsense`, undefined, /no method the simulated cloud serves/],
  ['an unknown verb', `PUT ${SECRETS}/a`, undefined, /no method/],
  ['an unknown query', `GET ${SECRETS}?pagesize=3`, undefined, /Unknown name "pagesize"/],
  ['a query of the wrong type', `GET ${SECRETS}?pageSize=three`, undefined, /"three" is not a integer/],
  ['a number below its least', `GET ${compute(ZONE)}/instances?maxResults=-1`, undefined, /-1/],
  ['an unknown field', `POST ${SECRETS}?secretId=a`, { replicaton: {} }, /Unknown name "replicaton"/],
  [
    'an unknown field deep inside',
    `POST ${SECRETS}?secretId=a`,
    { replication: { automatic: { x: 1 } } },
    /automatic.x/,
  ],
  ['text where an object belongs', `POST ${SECRETS}?secretId=a`, { replication: 'automatic' }, /not an object/],
  ['a value that is not text', `POST ${SECRETS}?secretId=a`, { labels: { a: 1 } }, /labels.a/],
  ['a field only Google writes', `POST ${SECRETS}?secretId=a`, { name: 'x' }, /written by Google only/],
  ['a list where text belongs', `POST ${ACCOUNTS}`, { accountId: ['a'] }, /accountId/],
  ['text that is no number', `POST ${compute(ZONE)}/disks`, { name: 'd', sizeGb: 'big' }, /sizeGb/],
  [
    'a name that breaks its pattern',
    `POST ${compute(ZONE)}/disks`,
    { name: 'Disk_1' },
    /"Disk_1" is not a string matching/,
  ],
  ['an empty name where one is required', `POST ${compute(ZONE)}/disks`, { name: '' }, /name': is required/],
  ['a required name left out', `POST ${compute(ZONE)}/instances`, {}, /name': is required/],
  [
    'a value that is not in its enum',
    `POST ${compute(PROJECT)}/global/networks`,
    { name: 'n', networkFirewallPolicyEnforcementOrder: 'FIRST' },
    /"FIRST" is not one of AFTER_CLASSIC_FIREWALL, BEFORE_CLASSIC_FIREWALL/,
  ],
  ['a path place that breaks its pattern', `GET ${compute(PROJECT)}/zones/Europe/instances`, undefined, /zone/],
  ['a body that is no JSON object', `POST ${SECRETS}?secretId=a`, [1], /not an object/],
  ['a body where none belongs', `DELETE ${compute(ZONE)}/disks/d`, { force: true }, /takes no body/],
  [
    '51 aliases',
    `POST ${SECRETS}?secretId=a`,
    {
      replication: { automatic: {} },
      versionAliases: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, '1'])),
    },
    /at most 50/,
  ],
  ['a duration in minutes', `POST ${SECRETS}?secretId=a`, { versionDestroyTtl: '5m' }, /google-duration/],
])('%s is refused with 400', async (_, line, body, message) => {
  const answer = await aCloud().send(line, body)
  expect(answer).toMatchObject({ status: 400, message: expect.stringMatching(message) })
})

test('every violation is listed, not only the first', async () => {
  const { body } = await aCloud().send(`POST ${SECRETS}?secretId=a&x=1`, { name: 'x', labels: { a: 1 } })
  const [details] = (body['error'] as { details: { fieldViolations: { field: string }[] }[] }).details
  expect(details?.fieldViolations.map(({ field }) => field)).toEqual(['x', 'name', 'labels.a'])
})

test('fields only Google writes are left out where they are to be ignored', async () => {
  const { send } = aCloud({ readOnlyFields: 'ignore' })
  expect(await must(send, `POST ${SECRETS}?secretId=a`, { name: 'x', replication: { automatic: {} } })).toMatchObject({
    name: 'projects/123456789012/secrets/a',
  })
})

test('each API writes its errors in its own way', async () => {
  const { send } = aCloud()
  const keys = async (line: string): Promise<readonly string[]> =>
    Object.keys((await send(line)).body['error'] as object).toSorted()
  expect(await keys(`GET ${compute(ZONE)}/disks/none`)).toEqual(['code', 'errors', 'message'])
  expect(await keys(`GET ${ACCOUNTS}/none@demo-project.iam.gserviceaccount.com`)).toEqual([
    'code',
    'errors',
    'message',
    'status',
  ])
  expect(await keys(`GET ${SECRETS}/none`)).toEqual(['code', 'message', 'status'])
})

test.each([
  ['a machine type of another zone', { machineType: 'zones/europe-west1-c/machineTypes/e2-small' }, 400],
  ['a machine type that does not exist', { machineType: 'zones/europe-west1-b/machineTypes/e2-tiny' }, 400],
  [
    'a subnetwork of another region',
    { networkInterfaces: [{ subnetwork: 'regions/us-central1/subnetworks/sub' }] },
    400,
  ],
  [
    'a subnetwork that does not exist',
    { networkInterfaces: [{ subnetwork: 'regions/europe-west1/subnetworks/no' }] },
    404,
  ],
  [
    'an address outside the subnetwork',
    { networkInterfaces: [{ subnetwork: 'regions/europe-west1/subnetworks/sub', networkIP: '10.11.0.5' }] },
    400,
  ],
  ['no network interface', { networkInterfaces: [] }, 400],
  [
    'an image that does not exist',
    {
      disks: [{ boot: true, initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-1' } }],
    },
    404,
  ],
  ['no boot disk', { disks: [{ source: 'zones/europe-west1-b/disks/x' }] }, 400],
  ['a label with capitals', { labels: { Team: 'x' } }, 400],
  ['a label value with a dot', { labels: { team: 'a.b' } }, 400],
  ['a reserved label', { labels: { 'goog-x': 'a' } }, 400],
  ['65 labels', { labels: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'v'])) }, 400],
  [
    'a metadata key twice',
    {
      metadata: {
        items: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
    },
    400,
  ],
  ['a metadata value of more than 256 KB', { metadata: { items: [{ key: 'a', value: 'x'.repeat(262_145) }] } }, 400],
  [
    'an account that does not exist',
    { serviceAccounts: [{ email: 'nobody@demo-project.iam.gserviceaccount.com', scopes: ['x'] }] },
    400,
  ],
  ['a network tag with capitals', { tags: { items: ['Web'] } }, 400],
  ['65 network tags', { tags: { items: Array.from({ length: 65 }, (_, index) => `t${index}`) } }, 400],
])('a machine with %s is not made', async (_, changes, status) => {
  const { send, cloud } = aCloud()
  await aNetwork(send)
  expect((await send(`POST ${compute(ZONE)}/instances`, aMachine('vm', changes))).status).toBe(status)
  expect(cloud.world.store.list('instances', 'projects/')).toEqual([])
  expect(cloud.world.store.list('disks', 'projects/')).toEqual([])
})

test('a network takes 15,000 machines and no more', async () => {
  const { send, cloud } = aCloud({ quotas: { region: {}, project: {}, accountsPerProject: 1 } })
  const { store } = cloud.world
  await aNetwork(send)
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine('first'))
  const first = store.get(`${ZONE}/instances/first`)
  for (let n = 1; n < 14_999; n++) store.put({ ...first, name: `${ZONE}/instances/n${n}` })
  await must(send, `POST ${compute(ZONE)}/instances`, aMachine('last'))
  expect(await send(`POST ${compute(ZONE)}/instances`, aMachine('more'))).toMatchObject({
    status: 403,
    message: expect.stringContaining('INSTANCES_PER_NETWORK_GLOBAL') as string,
  })
})

test.each([
  ['no CIDR', '10.10.1.0', /CIDR/],
  ['bits after the prefix', '10.20.1.7/24', /Bits are set/],
  ['a prefix too long', '10.20.0.0/30', /between/],
  ['an overlap with another subnetwork', '10.10.0.128/25', /conflicts with existing/],
  ['a reserved range', '169.254.0.0/24', /reserved/],
])('a subnetwork with %s is refused', async (_, ipCidrRange, message) => {
  const { send } = aCloud()
  await aNetwork(send)
  const body = { name: 'other', network: `${PROJECT}/global/networks/net`, ipCidrRange }
  expect(await send(`POST ${compute(REGION)}/subnetworks`, body)).toMatchObject({
    status: 400,
    message: expect.stringMatching(message),
  })
})

test.each([
  ['5 characters', 'abcde'],
  ['31 characters', 'a'.repeat(31)],
  ['a capital', 'Agent-one'],
  ['a digit first', '1agent-one'],
  ['a dash last', 'agent-one-'],
  ['a script', 'a"; rm -rf /'],
])('an account id with %s is refused', async (_, accountId) => {
  expect((await aCloud().send(`POST ${ACCOUNTS}`, { accountId })).status).toBe(400)
})

test('every served method has a permission that was reviewed, and every override a source', () => {
  for (const id of Object.values(served).flat()) expect(() => methodPermissions(id)).not.toThrow()
  const known = new Set<string>(Object.values(served).flat())
  for (const [id, { source }] of Object.entries(overrides)) {
    expect(source).toMatch(/^https:\/\//)
    expect(known).toContain(id)
  }
})
