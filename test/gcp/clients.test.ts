import { InstancesClient } from '@google-cloud/compute/build/src/v1/instances_client.js'
import { NetworksClient } from '@google-cloud/compute/build/src/v1/networks_client.js'
import { SubnetworksClient } from '@google-cloud/compute/build/src/v1/subnetworks_client.js'
import { ZoneOperationsClient } from '@google-cloud/compute/build/src/v1/zone_operations_client.js'
import { Logging } from '@google-cloud/logging'
import { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { iam } from '@googleapis/iam'
import { OAuth2Client } from 'google-auth-library'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import { crc32c } from '../../infra/local/gcp/crc32c.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import type { CloudServer } from '../../infra/local/gcp/server.ts'
import { PATIENT } from '../fakes/patience.ts'
import { ADMIN, email } from './a-cloud.ts'

const project = 'demo-project'
const zone = 'europe-west1-b'
const region = 'europe-west1'
const cloud = simulatedCloud(
  { ...calm, latencies: { calls: { other: 0 }, operations: { other: 50 } } },
  { clock: realClock(), random: seededRandom(3) },
)
let server: CloudServer

beforeAll(async () => {
  server = await listen(cloud, 0)
})
afterAll(() => server.close())

function authClient(caller = ADMIN): OAuth2Client {
  const client = new OAuth2Client()
  client.setCredentials({ access_token: `sim:${caller}` })
  return client
}

/** What Google's clients are given to talk to the simulation instead of the cloud. */
const options = (caller?: string) =>
  ({
    apiEndpoint: '127.0.0.1',
    port: server.port,
    protocol: 'http',
    projectId: project,
    fallback: true,
    authClient: authClient(caller),
  }) as const

const accounts = () =>
  iam({ version: 'v1', rootUrl: `${server.address}/`, headers: { authorization: `Bearer sim:${ADMIN}` } }).projects

test('the IAM client makes an account and shares it by read, modify, write', async () => {
  const made = await accounts().serviceAccounts.create({
    name: `projects/${project}`,
    requestBody: { accountId: 'agent-one', serviceAccount: { description: 'an agent' } },
  })
  expect(made.data).toMatchObject({ email: email('agent-one'), uniqueId: expect.stringMatching(/^\d{21}$/) })
  const resource = `projects/${project}/serviceAccounts/${email('agent-one')}`
  const { data: policy } = await accounts().serviceAccounts.getIamPolicy({
    resource,
    'options.requestedPolicyVersion': 3,
  })
  const bindings = [{ role: 'roles/iam.serviceAccountUser', members: ['user:jane@example.com'] }]
  await accounts().serviceAccounts.setIamPolicy({ resource, requestBody: { policy: { ...policy, bindings } } })
  await expect(
    accounts().serviceAccounts.setIamPolicy({ resource, requestBody: { policy: { ...policy, bindings } } }),
  ).rejects.toMatchObject({ status: 409 })
  await expect(accounts().serviceAccounts.get({ name: resource.replace('one', 'two') })).rejects.toMatchObject({
    status: 404,
  })
})

test('the Secret Manager client keeps a secret, checks its sum, and is refused what it may not read', async () => {
  const client = new SecretManagerServiceClient(options())
  const [secret] = await client.createSecret({
    parent: `projects/${project}`,
    secretId: 'token',
    secret: {
      replication: { automatic: {} },
      labels: { 'ap-managed': 'true' },
      versionDestroyTtl: { seconds: 86_400 },
    },
  })
  expect(secret.name).toBe('projects/123456789012/secrets/token')
  const data = Buffer.from('hush')
  const [version] = await client.addSecretVersion({
    parent: secret.name ?? '',
    payload: { data, dataCrc32c: crc32c(data) },
  })
  expect(version.state).toBe('ENABLED')
  await expect(
    client.addSecretVersion({ parent: secret.name ?? '', payload: { data, dataCrc32c: 1 } }),
  ).rejects.toMatchObject({ code: 3 })
  const [{ payload }] = await client.accessSecretVersion({ name: `${secret.name ?? ''}/versions/latest` })
  expect([String(payload?.data), Number(payload?.dataCrc32c)]).toEqual(['hush', crc32c(data)])
  const [policy] = await client.getIamPolicy({ resource: secret.name ?? '' })
  const bindings = [{ role: 'roles/secretmanager.secretVersionAdder', members: ['user:jane@example.com'] }]
  await client.setIamPolicy({ resource: secret.name ?? '', policy: { ...policy, bindings } })
  const jane = new SecretManagerServiceClient(options('jane@example.com'))
  await jane.addSecretVersion({ parent: secret.name ?? '', payload: { data } })
  await expect(jane.accessSecretVersion({ name: `${secret.name ?? ''}/versions/1` })).rejects.toMatchObject({
    code: 7,
    message: expect.stringContaining('secretmanager.versions.access'),
  })
  const [found] = await client.listSecrets({ parent: `projects/${project}`, filter: 'labels.ap-managed=true' })
  expect(found.map(({ name }) => name)).toEqual([secret.name])
  const [patched] = await client.updateSecret({
    secret: { name: secret.name ?? '', labels: { a: 'b' } },
    updateMask: { paths: ['labels'] },
  })
  expect(patched.labels).toEqual({ a: 'b' })
})

test('the Compute clients make a machine and wait for it on the server', async () => {
  const operations = new ZoneOperationsClient(options())
  const [network] = await new NetworksClient(options()).insert({
    project,
    networkResource: { name: 'net', autoCreateSubnetworks: false },
  })
  expect(network.latestResponse).toMatchObject({ operationType: 'insert' })
  const subnetworks = new SubnetworksClient(options())
  const subnetworkResource = {
    name: 'sub',
    network: `projects/${project}/global/networks/net`,
    ipCidrRange: '10.0.0.0/24',
  }
  await expect
    .poll(() => subnetworks.insert({ project, region, subnetworkResource }).then(() => 'made', String), PATIENT)
    .toMatch(/made|already/)
  await expect
    .poll(() => subnetworks.get({ project, region, subnetwork: 'sub' }).then(([found]) => found.state, String), PATIENT)
    .toBe('READY')
  const instances = new InstancesClient(options())
  const [inserted] = await instances.insert({
    project,
    zone,
    requestId: '6f1d3b0e-5c8e-4d3a-9d55-0d6a3e1c2b4f',
    instanceResource: {
      name: 'vm',
      machineType: `zones/${zone}/machineTypes/e2-small`,
      labels: { 'ap-managed': 'true' },
      disks: [
        {
          boot: true,
          autoDelete: true,
          initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-12', diskSizeGb: 10 },
        },
      ],
      networkInterfaces: [{ subnetwork: `regions/${region}/subnetworks/sub` }],
    },
  })
  const { name: operation = '' } = inserted.latestResponse as { readonly name?: string }
  const [done] = await operations.wait({ project, zone, operation })
  expect(done.status).toBe('DONE')
  const [vm] = await instances.get({ project, zone, instance: 'vm' })
  expect(vm).toMatchObject({ status: 'RUNNING', labels: { 'ap-managed': 'true' } })
  const listed = []
  for await (const [scope, { instances: found = [] }] of instances.aggregatedListAsync({
    project,
    filter: 'labels.ap-managed=true',
  }))
    for (const instance of found ?? []) listed.push(`${scope}/${instance.name ?? ''}`)
  expect(listed).toEqual([`zones/${zone}/vm`])
  const [policy] = await instances.getIamPolicy({ project, zone, resource: 'vm', optionsRequestedPolicyVersion: 3 })
  const bindings = [{ role: 'roles/compute.osLogin', members: ['user:jane@example.com'] }]
  await instances.setIamPolicy({
    project,
    zone,
    resource: 'vm',
    zoneSetPolicyRequestResource: { policy: { ...policy, bindings } },
  })
  await expect(instances.get({ project, zone, instance: 'other' })).rejects.toMatchObject({ code: 5 })
})

test('the Logging client reads entries of one machine', async () => {
  const entry = (id: string, text: string) => ({
    logName: `projects/${project}/logs/gateway`,
    timestamp: '2026-09-01T12:00:00Z',
    insertId: text,
    severity: 'ERROR',
    resource: { type: 'gce_instance', labels: { instance_id: id } },
    textPayload: text,
  })
  for (const each of [entry('1', 'mine'), entry('2', 'other')]) cloud.world.logs.write(each)
  const logging = new Logging(options())
  const [entries] = await logging.getEntries({
    filter: 'resource.labels.instance_id="1" AND timestamp>="2026-08-01T00:00:00Z"',
    resourceNames: [`projects/${project}`],
  })
  expect(entries.map(({ data }) => data as unknown)).toEqual(['mine'])
})
