import { expect, test } from 'vitest'
import { computeTime } from '../../infra/local/gcp/clock.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { names } from '../../shared/documents/names.ts'
import type { PlanePlace, Place } from '../../shared/documents/names.ts'
import type { Inventory, Item } from '../../shared/ports/backend.ts'
import { START_MS } from './a-cloud.ts'
import { PLACE } from './adapter-stand.ts'
import { aComputeStand, anAttempt, aRunningMachine, NAME } from './compute-stand.ts'
import type { ComputeStand } from './compute-stand.ts'

async function listed(inventory: Inventory, place: PlanePlace = PLACE): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const page of inventory.list(place)) items.push(...page)
  return items
}

test('everything of an agent is listed, with what tells it from another of its name', async () => {
  const { ports, ...rest } = await aComputeStand()
  const machineId = await aRunningMachine({ ports, ...rest })
  await ports.secrets.create(anAttempt('secret'), PLACE, 'telegram-token', identityLabels(PLACE))
  await ports.egress.set(anAttempt('egress'), PLACE, { mode: 'restricted', domains: ['slack.com'] })
  const account = await ports.identity.find(PLACE)
  const disk = await ports.disks.find(PLACE)
  const fingerprint = (await ports.machines.find(PLACE))?.fingerprint
  const common = { uid: PLACE.uid, createdAtMs: START_MS }
  const labels = identityLabels(PLACE)
  const zonal = { ...common, zone: PLACE.zone, labels }
  const running = { state: 'running', bootLabels: labels, deviations: [], fingerprint }
  expect(await listed(ports.inventory)).toEqual([
    { ...zonal, kind: 'disk', id: disk?.id, name: `${NAME}-data`, scheduled: true },
    { ...zonal, ...running, kind: 'machine', id: machineId, name: NAME },
    { ...common, kind: 'secret', id: 'telegram-token', name: `${NAME}-telegram-token`, labels, recoverable: true },
    { ...common, kind: 'account', id: account?.uniqueId, name: NAME, disabled: false },
    { ...common, kind: 'egress', id: NAME, name: NAME },
  ])
})

test('an agent in two zones is listed with both', async () => {
  const { ports } = await aComputeStand()
  for (const zone of ['europe-west1-b', 'europe-west1-c'])
    await ports.disks.create(anAttempt(zone), { ...PLACE, zone }, identityLabels(PLACE))
  const zones = (await listed(ports.inventory)).map(({ kind, zone }) => `${kind} ${zone ?? ''}`)
  expect(zones).toEqual(['disk europe-west1-b', 'disk europe-west1-c'])
})

const planes = ['planeuid22', 'otherplan2']

test('another plane’s things, and a person’s, are not listed', async () => {
  const { ports, send } = await aComputeStand()
  for (const planeUid of planes) await ports.identity.create(anAttempt(planeUid), { ...PLACE, planeUid })
  await send('POST /v1/projects/demo-project/serviceAccounts', { accountId: 'ap-planeuid22-personuid2' })
  const items = await listed(ports.inventory)
  expect(items.map(({ kind, uid }) => `${kind} ${uid}`)).toEqual(['account agentuid22'])
  expect(await listed(ports.inventory, { ...PLACE, planeUid: 'zzzzzzzzzz' })).toEqual([])
})

/** Puts an agent's machine, its two disks and its account into the cloud, without asking for them. */
function grow({ cloud }: ComputeStand, place: Place, n: number): void {
  const { project, zone } = place
  const labels = identityLabels(place)
  const { 'ap-managed': _, ...billed } = labels
  const put = (collection: 'instances' | 'disks', name: string, its: typeof billed): void =>
    cloud.world.store.put({
      collection,
      name: `projects/${project}/zones/${zone}/${collection}/${name}`,
      createdAtMs: START_MS,
      body: {
        id: String(1_000_000 + n),
        name,
        zone: `https://www.googleapis.com/compute/v1/projects/${project}/zones/${zone}`,
        creationTimestamp: computeTime(START_MS),
        labels: its,
        status: collection === 'instances' ? 'RUNNING' : 'READY',
      },
    })
  put('instances', names.machine(place), labels)
  put('disks', names.machine(place), billed)
  put('disks', names.disk(place), labels)
}

test('a large plane is listed in few pages, boot disks only with their machines, and only with what is asked for', async () => {
  const queries: string[] = []
  const stand = await aComputeStand({}, (request, answer) => {
    if (request.url.includes('/aggregated/')) queries.push(request.url)
    return answer(request)
  })
  for (let n = 0; n < 1100; n++) grow(stand, { ...PLACE, uid: `uid${String(n).padStart(7, 'a')}` }, n)
  const items = await listed(stand.ports.inventory)
  expect(items.filter(({ kind }) => kind === 'machine')).toHaveLength(1100)
  expect(items.filter(({ kind }) => kind === 'disk')).toHaveLength(1100)
  expect(new Set(items.map(({ uid }) => uid)).size).toBe(1100)
  expect(queries).toHaveLength(3 + 5)
  for (const query of queries)
    expect(decodeURIComponent(query)).toMatch(/fields=items\/\*\/(?:instances|disks)\(id,name,/)
})

test('a zone that does not answer fails the listing, rather than hide what it holds', async () => {
  const { ports, cloud } = await aComputeStand()
  cloud.world.troubles.add({ kind: 'unavailable', method: 'compute.disks.aggregatedList' })
  await expect(listed(ports.inventory)).rejects.toMatchObject({ kind: 'Unavailable' })
})
