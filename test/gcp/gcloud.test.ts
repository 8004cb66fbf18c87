import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestContext } from 'vitest'
import { realClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import type { CloudServer } from '../../infra/local/gcp/server.ts'
import { ADMIN, email } from './a-cloud.ts'
import { GCLOUD_MS, findGcloud, gcloudEnvironment, gcloudFolder } from './installed-gcloud.ts'

const AT = ['--zone', 'europe-west1-b']
const AGENT = email('agent-one')

let server: CloudServer
let configFolder: Awaited<ReturnType<typeof gcloudFolder>>
let binary: string | undefined

beforeAll(async () => {
  binary = await findGcloud()
  configFolder = await gcloudFolder()
  // gcloud sends some fields that only Google writes, as the real cloud lets it.
  server = await listen(
    simulatedCloud({ ...calm, readOnlyFields: 'ignore' }, { clock: realClock(), random: seededRandom(5) }),
    0,
  )
})

afterAll(async () => {
  await server.close()
  await configFolder[Symbol.asyncDispose]()
})

const environment = (): NodeJS.ProcessEnv => gcloudEnvironment(server, { folder: configFolder.path, caller: ADMIN })

/** Runs gcloud, which reads some text on standard input, and reads its answer. Fails with what it complained about. */
async function gcloudReading(ctx: TestContext, input: string, ...args: readonly string[]): Promise<unknown> {
  if (binary === undefined) ctx.skip('gcloud is not installed: the simulated cloud is not held against it')
  const running = promisify(execFile)(binary ?? '', [...args, '--format=json', '--quiet'], { env: environment() })
  running.child.stdin?.end(input)
  const { stdout, stderr } = await running
  expect(stderr).not.toMatch(/WARNING|ERROR/)
  return stdout.trim() === '' ? undefined : JSON.parse(stdout)
}

const gcloud = (ctx: TestContext, ...args: readonly string[]): Promise<unknown> => gcloudReading(ctx, '', ...args)

type Policy = { readonly bindings: readonly { readonly role: string; readonly members: readonly string[] }[] }

/** Adds a binding by writing the whole policy that was read; what it is then. */
async function rewritePolicy(
  ctx: TestContext,
  of: readonly string[],
  which: string,
  binding: Policy['bindings'][number],
): Promise<unknown> {
  const policy = (await gcloud(ctx, ...of, 'get-iam-policy', which)) as Policy
  const file = join(configFolder.path, 'policy.json')
  await writeFile(file, JSON.stringify({ ...policy, bindings: [...policy.bindings, binding] }))
  return gcloud(ctx, ...of, 'set-iam-policy', which, file)
}

// Roles, policies of projects, also whole ones, and lists of accounts are what the scripts ask for that grant.
test('gcloud makes accounts, describes them, and shares them', { timeout: GCLOUD_MS }, async (ctx) => {
  await gcloud(ctx, 'iam', 'service-accounts', 'create', 'agent-one', '--display-name', 'an agent')
  expect(await gcloud(ctx, 'iam', 'service-accounts', 'describe', AGENT)).toMatchObject({ email: AGENT })
  const binding = ['--member', 'user:jane@example.com', '--role', 'roles/iam.serviceAccountUser']
  expect(await gcloud(ctx, 'iam', 'service-accounts', 'add-iam-policy-binding', AGENT, ...binding)).toMatchObject({
    bindings: [{ role: 'roles/iam.serviceAccountUser', members: ['user:jane@example.com'] }],
  })
  const viewer = { role: 'roles/iam.serviceAccountViewer', members: ['user:joe@example.com'] }
  const both = [{ role: 'roles/iam.serviceAccountUser', members: ['user:jane@example.com'] }, viewer]
  expect(await rewritePolicy(ctx, ['iam', 'service-accounts'], AGENT, viewer)).toMatchObject({ bindings: both })
})

test('gcloud keeps secrets and their versions', { timeout: GCLOUD_MS }, async (ctx) => {
  await gcloud(ctx, 'secrets', 'create', 'token', '--replication-policy', 'automatic', '--labels', 'team=a')
  const add = ['secrets', 'versions', 'add', 'token', '--data-file=-']
  expect(await gcloudReading(ctx, 'hush', ...add)).toMatchObject({ state: 'ENABLED' })
  expect(await gcloud(ctx, 'secrets', 'versions', 'access', '1', '--secret', 'token')).toMatchObject({
    payload: { data: expect.any(String) },
  })
  await gcloud(ctx, 'secrets', 'versions', 'disable', '1', '--secret', 'token')
  await gcloud(ctx, 'secrets', 'versions', 'destroy', '1', '--secret', 'token')
  expect(await gcloud(ctx, 'secrets', 'versions', 'list', 'token')).toMatchObject([{ state: 'DESTROYED' }])
  const binding = ['--member', `serviceAccount:${AGENT}`, '--role', 'roles/secretmanager.secretAccessor']
  await gcloud(ctx, 'secrets', 'add-iam-policy-binding', 'token', ...binding)
  expect(await gcloud(ctx, 'secrets', 'get-iam-policy', 'token')).toMatchObject({
    bindings: [{ members: [`serviceAccount:${AGENT}`] }],
  })
  const adder = { role: 'roles/secretmanager.secretVersionAdder', members: ['user:jane@example.com'] }
  expect(await rewritePolicy(ctx, ['secrets'], 'token', adder)).toMatchObject({
    bindings: [{ members: [`serviceAccount:${AGENT}`] }, adder],
  })
  await gcloud(ctx, 'secrets', 'delete', 'token')
  expect(await gcloud(ctx, 'secrets', 'list')).toEqual([])
})

test(
  'gcloud makes a network, a machine and what belongs to it, and takes them down',
  { timeout: GCLOUD_MS },
  async (ctx) => {
    const at = ['--region', 'europe-west1']
    await gcloud(ctx, 'compute', 'networks', 'create', 'net', '--subnet-mode', 'custom')
    await gcloud(
      ctx,
      'compute',
      'networks',
      'subnets',
      'create',
      'sub',
      '--network',
      'net',
      ...at,
      '--range',
      '10.1.0.0/24',
      '--enable-flow-logs',
    )
    await gcloud(ctx, 'compute', 'routers', 'create', 'router', '--network', 'net', ...at)
    await gcloud(
      ctx,
      'compute',
      'routers',
      'nats',
      'create',
      'nat',
      '--router',
      'router',
      ...at,
      '--auto-allocate-nat-external-ips',
      '--nat-all-subnet-ip-ranges',
    )
    await gcloud(ctx, 'compute', 'disks', 'create', 'data', ...AT, '--size', '20GB', '--type', 'pd-balanced')
    const image = ['--image-family', 'debian-12', '--image-project', 'debian-cloud']
    const identity = ['--service-account', AGENT, '--scopes', 'cloud-platform']
    await gcloud(
      ctx,
      'compute',
      'instances',
      'create',
      'vm',
      ...AT,
      '--machine-type',
      'e2-small',
      '--subnet',
      'sub',
      '--no-address',
      ...image,
      ...identity,
      '--disk',
      'name=data',
      '--labels',
      'team=a',
    )
    expect(await gcloud(ctx, 'compute', 'instances', 'list', '--filter', 'labels.team=a')).toMatchObject([
      { name: 'vm', status: 'RUNNING' },
    ])
    await gcloud(ctx, 'compute', 'instances', 'add-labels', 'vm', ...AT, '--labels', 'more=b')
    await gcloud(ctx, 'compute', 'instances', 'add-metadata', 'vm', ...AT, '--metadata', 'key=value')
    expect(await gcloud(ctx, 'compute', 'instances', 'describe', 'vm', ...AT)).toMatchObject({
      labels: { team: 'a', more: 'b' },
      metadata: { items: [{ key: 'key', value: 'value' }] },
    })
    const binding = ['--member', 'user:jane@example.com', '--role', 'roles/compute.osLogin']
    expect(await gcloud(ctx, 'compute', 'instances', 'add-iam-policy-binding', 'vm', ...AT, ...binding)).toMatchObject({
      bindings: [{ role: 'roles/compute.osLogin', members: ['user:jane@example.com'] }],
    })
    await gcloud(ctx, 'compute', 'instances', 'delete', 'vm', ...AT)
    await gcloud(ctx, 'compute', 'routers', 'delete', 'router', ...at)
    await gcloud(ctx, 'compute', 'networks', 'subnets', 'delete', 'sub', ...at)
    await gcloud(ctx, 'compute', 'networks', 'delete', 'net')
    expect(await gcloud(ctx, 'compute', 'networks', 'list')).toEqual([])
  },
)
