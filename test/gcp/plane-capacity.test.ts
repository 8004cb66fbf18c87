import { expect, test } from 'vitest'
import { calm } from '../../infra/local/gcp/options.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { googleCapacity } from '../../shared/gcp/plane/capacity.ts'
import { processorsOf, roomIn } from '../../shared/gcp/plane/room.ts'
import { missingServices } from '../../shared/gcp/plane/services.ts'
import { aNetwork, compute, must, PROJECT, ZONE } from './a-cloud.ts'
import { aStand, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'

const NEEDS = { ssdGb: 30, accountsPerProject: 100_000 }

const capacity = ({ google }: Stand, needs: Partial<typeof NEEDS> = {}, machineType = 'e2-medium') =>
  googleCapacity(google, { ...NEEDS, ...needs })({ ...PLACE, machineType })

const quotas = (region: Record<string, number>, project: Record<string, number> = {}): Partial<Options> => ({
  quotas: {
    ...calm.quotas,
    region: { ...calm.quotas.region, ...region },
    project: { ...calm.quotas.project, ...project },
  },
})

test.each<[string, Partial<Options>, number, string]>([
  ['processors', quotas({ CPUS: 25 }), 12, 'quota CPUS of europe-west1 (0 of 25 used, an agent takes 2)'],
  ['machines', quotas({ INSTANCES: 7 }), 7, 'quota INSTANCES of europe-west1 (0 of 7 used, an agent takes 1)'],
  ['disks', quotas({ SSD_TOTAL_GB: 100 }), 3, 'quota SSD_TOTAL_GB of europe-west1 (0 of 100 used, an agent takes 30)'],
  [
    'processors of all regions',
    quotas({}, { CPUS_ALL_REGIONS: 8 }),
    4,
    'quota CPUS_ALL_REGIONS of project demo-project (0 of 8 used, an agent takes 2)',
  ],
  [
    'snapshots',
    quotas({}, { SNAPSHOTS: 20 }),
    2,
    'quota SNAPSHOTS of project demo-project (0 of 20 used, an agent takes 7)',
  ],
])('what is scarcest says how many agents fit: %s', async (_, options, agentsThatFit, limitedBy) => {
  const found = await capacity(await aStand(options))
  expect(found).toMatchObject({
    agentsThatFit,
    limitedBy,
    zones: calm.regions['europe-west1'],
    projectNumber: '123456789012',
  })
  expect(found.fix).toMatch(
    /^ask for more \w+ of .+ at https:\/\/console\.cloud\.google\.com\/iam-admin\/quotas\?project=demo-project$/,
  )
})

test('zones for accelerators are no place for agents', async () => {
  const zones = ['europe-west1-ai1b', 'europe-west1-c', 'europe-west1-b']
  const stand = await aStand({ regions: { ...calm.regions, 'europe-west1': zones } })
  expect((await capacity(stand)).zones).toEqual(['europe-west1-b', 'europe-west1-c'])
})

test('larger machines leave room for fewer agents', async () => {
  expect(await capacity(await aStand(quotas({ CPUS: 25 })), {}, 'e2-standard-8')).toMatchObject({
    agentsThatFit: 3,
    limitedBy: 'quota CPUS of europe-west1 (0 of 25 used, an agent takes 8)',
  })
})

test('machines that run take their share', async () => {
  const stand = await aStand(quotas({ CPUS: 10 }))
  await aNetwork(stand.send)
  await must(stand.send, `POST ${compute(ZONE)}/instances`, {
    name: 'vm',
    machineType: 'zones/europe-west1-b/machineTypes/e2-standard-4',
    disks: [{ boot: true, initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-12' } }],
    networkInterfaces: [{ subnetwork: 'regions/europe-west1/subnetworks/sub' }],
  })
  expect(await capacity(stand)).toMatchObject({ agentsThatFit: 3 })
})

test('accounts are counted over all pages', async () => {
  const stand = await aStand()
  for (let index = 0; index < 130; index++)
    await must(stand.send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: `account-${index}` })
  const limitedBy = 'service accounts of project demo-project (130 of 140 used, an agent takes 1)'
  expect(await capacity(stand, { accountsPerProject: 140 })).toMatchObject({ agentsThatFit: 10, limitedBy })
})

test('more accounts than there may be leave room for no agent', async () => {
  const stand = await aStand()
  await must(stand.send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'account' })
  expect(await capacity(stand, { accountsPerProject: 0 })).toMatchObject({ agentsThatFit: 0 })
})

test('a plane has as many agents as its network has addresses', async () => {
  const many = 1_000_000
  const options = quotas(
    { CPUS: many, INSTANCES: many, SSD_TOTAL_GB: 30 * many },
    { CPUS_ALL_REGIONS: many, SNAPSHOTS: 7 * many },
  )
  expect(await capacity(await aStand(options))).toMatchObject({
    agentsThatFit: 16_380,
    fix: 'make another plane: the network of one has no more addresses',
  })
})

test.each([
  ['e2-small', 2],
  ['e2-medium', 2],
  ['e2-standard-4', 4],
  ['n2d-highmem-16', 16],
])('%s counts for %i processors', (machineType, processors) => {
  expect(processorsOf(machineType)).toBe(processors)
})

test('where nothing is known to be limited no agent is promised', () => {
  expect(roomIn([])).toMatchObject({ agentsThatFit: 0 })
})

test('services that are on are not named', async () => {
  expect(await missingServices((await aStand()).google, PLACE)).toEqual([])
})

test('services that are off are switched on by one command', async () => {
  const [project] = calm.projects
  if (project === undefined) throw new Error('the calm cloud has a project')
  const services = project.services.filter((service) => !/^(?:iap|oslogin)\./.test(service))
  const { google } = await aStand({ projects: [{ ...project, services }] })
  expect(await missingServices(google, PLACE)).toEqual([
    'gcloud services enable iap.googleapis.com oslogin.googleapis.com --project=demo-project',
  ])
})
