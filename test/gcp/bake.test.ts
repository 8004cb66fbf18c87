import { execFile } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { realClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import type { Cloud, CloudRequest } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { calm, project } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import { ADMIN, compute, grant, must } from './a-cloud.ts'
import type { Send } from './a-cloud.ts'
import { guide } from './guide.ts'
import { findGcloud, gcloudEnvironment, gcloudFolder } from './installed-gcloud.ts'

const WITHIN_MS = 300_000
const BAKER = 'baker@acme.com'

/** What the guide has somebody type, and the roles it says that this takes. */
const [, line = '', sentence = ''] =
  /`(infra\/machine\/image\/bake\.sh [^`]+)`\. It takes (.+?)\s+on that project/.exec(guide) ?? []
const roles = [...sentence.matchAll(/`(roles\/[^`]+)`/g)].map(([, role = '']) => role)
const optionOf = (name: string): string => new RegExp(`--${name} (\\S+)`).exec(line)?.[1] ?? ''
const [CONTROL, zone, subnet] = ['project', 'zone', 'subnet'].map(optionOf) as [string, string, string]
const region = zone.replace(/-[a-z]$/, '')

const sending =
  (cloud: Cloud, email: string): Send =>
  async (text, body) => {
    const [httpMethod = '', url = ''] = text.split(' ')
    const authorization = `Bearer sim:${email}`
    const answer = await cloud.answer({
      httpMethod,
      url,
      body: body === undefined ? '' : JSON.stringify(body),
      authorization,
    })
    return answer === 'connection lost'
      ? { status: 0, body: {}, message: answer }
      : { status: answer.status, body: answer.body as never, message: JSON.stringify(answer.body) }
  }

/** The guide's control project with its subnet, and somebody who holds what the guide asks for and nothing else. */
async function aKitchen() {
  const options = {
    ...calm,
    readOnlyFields: 'ignore',
    projects: [project(CONTROL, '123456789099', [`user:${ADMIN}`])],
    regions: { [region]: [zone] },
  } as const
  const cloud = simulatedCloud(options, { clock: realClock(), random: seededRandom(5) })
  const send = sending(cloud, ADMIN)
  const at = compute(`projects/${CONTROL}`)
  await must(send, `POST ${at}/global/networks`, { name: 'net', autoCreateSubnetworks: false })
  const network = `projects/${CONTROL}/global/networks/net`
  const ipCidrRange = '10.1.0.0/24'
  await must(send, `POST ${at}/regions/${region}/subnetworks`, { name: subnet, network, ipCidrRange })
  for (const role of roles) await grant(send, `/v3/projects/${CONTROL}`, role, `user:${BAKER}`)
  return cloud
}

/** A cloud that listens, in which a machine is ready by the time somebody looks; and what was refused to whom. */
async function listening(cloud: Cloud) {
  const refused: string[] = []
  const { store } = cloud.world
  const answer = async (request: CloudRequest) => {
    if (request.url.includes('/serialPort'))
      for (const machine of store.list('instances', 'projects/'))
        store.put({ ...machine, serialOutput: 'agents-plane: the image is ready\n' })
    const response = await cloud.answer(request)
    if (response !== 'connection lost' && response.status === 403)
      refused.push(`${request.httpMethod} ${request.url} ${JSON.stringify(response.body)}`)
    return response
  }
  const server = await listen({ ...cloud, answer }, 0)
  onTestFinished(() => server.close())
  return { server, refused }
}

test('the guide names who may bake an image, and how', () => {
  expect([CONTROL, zone, subnet]).not.toContain('')
  expect(roles).not.toEqual([])
})

test('whoever holds the roles that the guide asks for bakes an image', { timeout: WITHIN_MS }, async (ctx) => {
  const gcloud = await findGcloud()
  if (gcloud === undefined) return ctx.skip('gcloud is not installed: no image is baked by it')
  const cloud = await aKitchen()
  const { server, refused } = await listening(cloud)
  const folder = await gcloudFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const surroundings = gcloudEnvironment(server, { folder: folder.path, caller: BAKER })
  const path = [dirname(process.execPath), dirname(gcloud), surroundings['PATH']].join(delimiter)
  const [script = '', ...args] = line.split(' ')
  const bake = new URL(`../../${script}`, import.meta.url).pathname
  const env = { ...surroundings, PATH: path, TMPDIR: folder.path }
  const { stdout, stderr } = await promisify(execFile)(bake, args, { env })

  expect(stderr).not.toMatch(/WARNING|ERROR/)
  const [, image = ''] = /^baked (\S+) of the family agents-plane$/m.exec(stdout) ?? []
  expect(cloud.world.store.find(`projects/${CONTROL}/global/images/${image}`)?.body).toMatchObject({
    family: 'agents-plane',
    status: 'READY',
    labels: { 'ap-managed': 'true' },
  })
  expect(refused).toEqual([])
  for (const left of ['instances', 'disks'] as const) expect(cloud.world.store.list(left, 'projects/')).toEqual([])
  // With --keep-address the machine gets an address, too.
  const address = { caller: BAKER, permission: 'compute.subnetworks.useExternalIp' }
  const resource = `projects/${CONTROL}/regions/${region}/subnetworks/${subnet}`
  expect(cloud.world.access.allows({ ...address, resource })).toBe(true)
})

test('an image is made of no disk whose machine runs', async () => {
  const cloud = await aKitchen()
  const send = sending(cloud, BAKER)
  const at = compute(`projects/${CONTROL}/zones/${zone}`)
  const initializeParams = { sourceImage: 'projects/debian-cloud/global/images/family/debian-12' }
  const machine = {
    name: 'vm',
    machineType: `zones/${zone}/machineTypes/e2-small`,
    disks: [{ boot: true, autoDelete: true, initializeParams }],
    networkInterfaces: [{ subnetwork: `regions/${region}/subnetworks/${subnet}` }],
  }
  await must(send, `POST ${at}/instances`, machine)
  const image = { name: 'made', sourceDisk: `zones/${zone}/disks/vm` }
  const images = `POST ${compute(`projects/${CONTROL}`)}/global/images`
  expect(await send(images, image)).toMatchObject({
    status: 400,
    message: expect.stringContaining('already being used'),
  })
  await must(send, `POST ${at}/instances/vm/stop`)
  await must(send, images, image)
  expect(await must(send, `GET ${compute(`projects/${CONTROL}`)}/global/images/made`)).toMatchObject({
    status: 'READY',
  })
})
