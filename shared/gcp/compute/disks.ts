import type { google } from '@google-cloud/compute/build/protos/protos.js'
import type { DisksClient } from '@google-cloud/compute/build/src/v1/disks_client.js'
import { isOurs, sameLabels } from '../../documents/labels.ts'
import type { ResourceLabels } from '../../documents/labels.ts'
import { names } from '../../documents/names.ts'
import type { Place } from '../../documents/names.ts'
import type { Disk, Disks } from '../../ports/backend.ts'
import { ProviderError } from '../../ports/errors.ts'
import { refuseAfter } from '../../ports/intent.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, isAnswer, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { inRegion, inZone } from './instance-body.ts'
import { labelsOf, lastOf, relabelled } from './instance-read.ts'
import { operations, requestIdOf, rereading } from './operations.ts'
import type { Change, Operations } from './operations.ts'
import { diskSnapshots } from './snapshots.ts'
import type { DiskSnapshots } from './snapshots.ts'

type FoundDisk = google.cloud.compute.v1.IDisk

/** What all data disks of an installation have in common. */
export type DiskSettings = {
  /** OpenClaw's state, workspaces and backups grow slowly; ten is the least there is. */
  readonly dataDiskGb: number
}

type Compute = {
  readonly google: Google
  readonly settings: DiskSettings
  readonly client: () => Promise<DisksClient>
  readonly operations: Operations
  readonly snapshots: DiskSnapshots
}

/** Data disks of Compute Engine. A disk that is deleted takes the snapshots with it that its schedule made. */
export function googleDisks(google: Google, settings: DiskSettings): Disks {
  const client = lazily(async () => {
    const { DisksClient } = await import('@google-cloud/compute/build/src/v1/disks_client.js')
    return connected(DisksClient, google)
  })
  const running = operations(google)
  const compute: Compute = { google, settings, client, operations: running, snapshots: diskSnapshots(google, running) }
  return {
    find: async (place) => {
      const found = await read(compute, place)
      return found && diskOf(found, place)
    },
    create: (intent, place, labels) => create(compute, intent, place, labels),
    label: (intent, place, labels) => label(compute, intent, place, labels),
    schedule: (intent, place) => schedule(compute, intent, place),
    delete: (intent, place) => remove(compute, intent, place),
  }
}

const diskOf = (found: FoundDisk, place: Place): Disk => ({
  id: String(found.id),
  zone: lastOf(found.zone),
  ours: isOurs(labelsOf(found), place),
  attached: (found.users ?? []).length > 0,
  used: (found.lastAttachTimestamp ?? '') !== '',
  scheduled: policiesOf(found).includes(names.snapshotSchedule(place)),
  labels: labelsOf(found),
})

/** Names of what is attached to it; all of it is of the disk's own region. */
const policiesOf = ({ resourcePolicies }: FoundDisk): readonly string[] => (resourcePolicies ?? []).map(lastOf)

async function read({ client }: Compute, place: Place): Promise<FoundDisk | undefined> {
  const { project, zone } = place
  const found = client().then((disks) => disks.get({ project, zone, disk: names.disk(place) }, once()))
  const [disk] = (await unless(['NotFound'], answered(whatOf(place), found))) ?? []
  return disk
}

/** @throws ProviderError Conflict when what stands there is not ours */
async function own(compute: Compute, place: Place): Promise<FoundDisk | undefined> {
  const found = await read(compute, place)
  if (found === undefined || isOurs(labelsOf(found), place)) return found
  throw new ProviderError(
    'Conflict',
    `${whatOf(place)} belongs to somebody else and was left alone; remove or rename it, then retry`,
  )
}

async function create(compute: Compute, intent: Intent, place: Place, labels: ResourceLabels): Promise<Disk> {
  const { project, zone } = place
  const disks = await compute.client()
  const diskResource = diskBody(place, labels, compute.settings)
  const request = { project, zone, diskResource, requestId: requestIdOf(intent, 'insert', whatOf(place)) }
  try {
    await compute.operations.run(intent, changeOf(place), (options) => disks.insert(request, options))
  } catch (error) {
    if (!isAnswer(error, 'AlreadyExists')) throw error
  }
  const made = await own(compute, place)
  if (made === undefined) throw new ProviderError('Propagating', `${whatOf(place)} was made and is not visible yet`)
  return diskOf(made, place)
}

/** https://cloud.google.com/compute/docs/disks/scheduled-snapshots: a schedule is attached at once, so that no disk is without. */
const diskBody = (place: Place, labels: ResourceLabels, { dataDiskGb }: DiskSettings): FoundDisk => ({
  name: names.disk(place),
  description: 'The state of an agent of Agents Plane; it outlives the machine',
  sizeGb: String(dataDiskGb),
  type: `${inZone(place)}/diskTypes/pd-balanced`,
  labels: { ...labels },
  resourcePolicies: [schedulePath(place)],
})

const schedulePath = (place: Place): string => `${inRegion(place)}/resourcePolicies/${names.snapshotSchedule(place)}`

async function label(compute: Compute, intent: Intent, place: Place, wanted: ResourceLabels): Promise<void> {
  const { project, zone } = place
  const disks = await compute.client()
  await rereading(async () => {
    const found = await own(compute, place)
    refuseAfter(intent, compute.google.clock.nowMs())
    if (found === undefined) throw new ProviderError('NotFound', `there is no ${whatOf(place)}`)
    const before = labelsOf(found)
    if (sameLabels(before, wanted)) return
    const labelFingerprint = found.labelFingerprint ?? ''
    const zoneSetLabelsRequestResource = { labels: relabelled(before, wanted), labelFingerprint }
    const requestId = requestIdOf(intent, 'label', String(found.id), labelFingerprint)
    const request = { project, zone, resource: String(found.id), zoneSetLabelsRequestResource, requestId }
    await compute.operations.run(intent, changeOf(place), (options) => disks.setLabels(request, options))
  })
}

/** A disk has one schedule at most; the one that somebody gave it instead is theirs to take off. */
async function schedule(compute: Compute, intent: Intent, place: Place): Promise<void> {
  const { project, zone } = place
  const found = await own(compute, place)
  refuseAfter(intent, compute.google.clock.nowMs())
  if (found === undefined) throw new ProviderError('NotFound', `there is no ${whatOf(place)}`)
  if (diskOf(found, place).scheduled) return
  const [other] = policiesOf(found)
  if (other !== undefined)
    throw new ProviderError(
      'Conflict',
      `${whatOf(place)} has another snapshot schedule, ${other}; remove it from the disk, then retry`,
    )
  const disksAddResourcePoliciesRequestResource = { resourcePolicies: [schedulePath(place)] }
  const requestId = requestIdOf(intent, 'schedule', String(found.id))
  const request = { project, zone, disk: names.disk(place), disksAddResourcePoliciesRequestResource, requestId }
  const disks = await compute.client()
  await compute.operations.run(intent, changeOf(place), (options) => disks.addResourcePolicies(request, options))
}

async function remove(compute: Compute, intent: Intent, place: Place): Promise<void> {
  const { project, zone } = place
  const found = await own(compute, place)
  refuseAfter(intent, compute.google.clock.nowMs())
  if (found === undefined) return
  if (diskOf(found, place).attached)
    throw new ProviderError('Conflict', `${whatOf(place)} is in use; delete its machine first`)
  // Once the disk is gone nobody knows which snapshots were its own.
  if (!(await compute.snapshots.deleteAll(intent, place, String(found.id)))) return
  const request = { project, zone, disk: String(found.id), requestId: requestIdOf(intent, 'delete', String(found.id)) }
  const disks = await compute.client()
  const deleted = compute.operations.run(intent, changeOf(place), (options) => disks.delete(request, options))
  await unless(['NotFound'], deleted)
}

const whatOf = (place: Place): string => `disk ${names.disk(place)} in ${place.zone}`

const changeOf = (place: Place): Change => ({
  what: whatOf(place),
  where: { project: place.project, zone: place.zone },
})
