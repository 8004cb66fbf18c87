import type { google } from '@google-cloud/compute/build/protos/protos.js'
import type { InstancesClient } from '@google-cloud/compute/build/src/v1/instances_client.js'
import { isOurs, sameLabels } from '../../documents/labels.ts'
import type { ResourceLabels } from '../../documents/labels.ts'
import { names } from '../../documents/names.ts'
import type { Place } from '../../documents/names.ts'
import type { Machines, MachineWanted } from '../../ports/backend.ts'
import { ProviderError } from '../../ports/errors.ts'
import { refuseAfter } from '../../ports/intent.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, isAnswer, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { fromAccount, requireAttachable } from './attachable.ts'
import { bootDisks } from './boot-disk.ts'
import type { BootDisks } from './boot-disk.ts'
import { instanceBody } from './instance-body.ts'
import type { InstanceSettings } from './instance-body.ts'
import { configured, entriesOf, KEYS, withEntries } from './instance-metadata.ts'
import { labelsOf, machineOf, relabelled, stateOf } from './instance-read.ts'
import { operations, requestIdOf, rereading } from './operations.ts'
import type { Change, Operations } from './operations.ts'

type Instance = google.cloud.compute.v1.IInstance

type Compute = {
  readonly google: Google
  readonly settings: InstanceSettings
  readonly client: () => Promise<InstancesClient>
  readonly operations: Operations
  readonly bootDisks: BootDisks
}

/** Virtual machines of Compute Engine. Whatever concerns one that is there names it by its id, never by its name. */
export function googleMachines(google: Google, settings: InstanceSettings): Machines {
  const client = lazily(async () => {
    const { InstancesClient } = await import('@google-cloud/compute/build/src/v1/instances_client.js')
    return connected(InstancesClient, google)
  })
  const running = operations(google)
  const compute: Compute = { google, settings, client, operations: running, bootDisks: bootDisks(google, running) }
  return {
    find: async (place) => {
      const [found, bootLabels] = await Promise.all([read(compute, place), compute.bootDisks.labels(place)])
      return found && { ...machineOf(found, place), ...(bootLabels && { bootLabels }) }
    },
    insert: (intent, place, wanted) => insert(compute, intent, place, wanted),
    configure: (intent, place, id, configuration) =>
      tell(compute, intent, place, id, configured(configuration, settings)),
    label: (intent, place, id, labels) => label(compute, intent, place, id, labels),
    start: (intent, place, id, restart) => start(compute, intent, place, id, restart),
    stop: (intent, place, id) => stop(compute, intent, place, id),
    delete: (intent, place, id) => remove(compute, intent, place, id),
  }
}

async function read({ client }: Compute, place: Place): Promise<Instance | undefined> {
  const { project, zone } = place
  const found = client().then((instances) => instances.get({ project, zone, instance: names.machine(place) }, once()))
  const [instance] = (await unless(['NotFound'], answered(whatOf(place), found))) ?? []
  return instance
}

/** The machine of this id, which is ours. Another one of its name is none. */
async function own(compute: Compute, place: Place, id: string): Promise<Instance | undefined> {
  const found = await read(compute, place)
  if (found === undefined || String(found.id) !== id) return undefined
  if (!isOurs(labelsOf(found), place)) throw foreign(place)
  return found
}

async function existing(compute: Compute, place: Place, id: string): Promise<Instance> {
  const found = await own(compute, place, id)
  if (found === undefined) throw new ProviderError('NotFound', `there is no ${whatOf(place)} with the id ${id}`)
  return found
}

async function insert(compute: Compute, intent: Intent, place: Place, wanted: MachineWanted): Promise<void> {
  const { project, zone } = place
  const instanceResource = instanceBody(place, wanted, compute.settings)
  const request = { project, zone, instanceResource, requestId: requestIdOf(intent, 'insert', names.machine(place)) }
  const instances = await compute.client()
  await requireAttachable(compute.google, place)
  try {
    await compute.operations.run(intent, changeOf(place), (options) => instances.insert(request, options))
  } catch (error) {
    if (!isAnswer(error, 'AlreadyExists')) throw fromAccount(error)
    const found = await read(compute, place)
    if (found === undefined) throw new ProviderError('Conflict', error.message, { cause: error })
    if (!isOurs(labelsOf(found), place)) throw foreign(place)
  }
}

/** Changes metadata; keys that are not named stay. Nothing is written when nothing changes. */
async function tell(
  compute: Compute,
  intent: Intent,
  place: Place,
  id: string,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const instances = await compute.client()
  await rereading(async () => {
    const { metadata } = await existing(compute, place, id)
    refuseAfter(intent, compute.google.clock.nowMs())
    const before = entriesOf(metadata?.items ?? [])
    if (Object.entries(changes).every(([key, value]) => before[key] === value)) return
    const fingerprint = metadata?.fingerprint ?? ''
    const metadataResource = { fingerprint, items: withEntries(metadata?.items ?? [], changes) }
    const request = { ...aimedAt(place, id), metadataResource, requestId: requestIdOf(intent, 'tell', id, fingerprint) }
    const told = compute.operations.run(intent, changeOf(place), (options) => instances.setMetadata(request, options))
    await told.catch((error: unknown) => Promise.reject(fromAccount(error)))
  })
}

async function label(
  compute: Compute,
  intent: Intent,
  place: Place,
  id: string,
  wanted: ResourceLabels,
): Promise<void> {
  const instances = await compute.client()
  await rereading(async () => {
    const found = await existing(compute, place, id)
    refuseAfter(intent, compute.google.clock.nowMs())
    const before = labelsOf(found)
    await compute.bootDisks.label(intent, place, wanted)
    if (sameLabels(before, wanted)) return
    const labelFingerprint = found.labelFingerprint ?? ''
    const instancesSetLabelsRequestResource = { labels: relabelled(before, wanted), labelFingerprint }
    const requestId = requestIdOf(intent, 'label', id, labelFingerprint)
    const request = { ...aimedAt(place, id), instancesSetLabelsRequestResource, requestId }
    await compute.operations.run(intent, changeOf(place), (options) => instances.setLabels(request, options))
  })
}

/** The counter is written first: a crash in between leaves a stopped machine, which is started again. */
async function start(compute: Compute, intent: Intent, place: Place, id: string, restart: number): Promise<void> {
  const found = await existing(compute, place, id)
  refuseAfter(intent, compute.google.clock.nowMs())
  const { state } = stateOf(found)
  if (state !== 'stopped') {
    if (machineOf(found, place).restart === restart) return
    throw new ProviderError('Conflict', `${whatOf(place)} is ${state}; it can be started once it is stopped`)
  }
  await tell(compute, intent, place, id, { [KEYS.restart]: String(restart) })
  const request = { ...aimedAt(place, id), requestId: requestIdOf(intent, 'start', id) }
  const instances = await compute.client()
  await compute.operations.run(intent, changeOf(place), (options) => instances.start(request, options))
}

async function stop(compute: Compute, intent: Intent, place: Place, id: string): Promise<void> {
  const found = await own(compute, place, id)
  refuseAfter(intent, compute.google.clock.nowMs())
  if (found === undefined || ['stopped', 'stopping'].includes(stateOf(found).state)) return
  const request = { ...aimedAt(place, id), requestId: requestIdOf(intent, 'stop', id) }
  const instances = await compute.client()
  await compute.operations.run(intent, changeOf(place), (options) => instances.stop(request, options))
}

async function remove(compute: Compute, intent: Intent, place: Place, id: string): Promise<void> {
  const found = await own(compute, place, id)
  refuseAfter(intent, compute.google.clock.nowMs())
  // A deletion takes minutes, and asking again meanwhile would be another one; what is only stopping is met stopped later.
  if (found === undefined || stateOf(found).state === 'stopping') return
  const request = { ...aimedAt(place, id), requestId: requestIdOf(intent, 'delete', id) }
  const instances = await compute.client()
  const deleted = compute.operations.run(intent, changeOf(place), (options) => instances.delete(request, options))
  await unless(['NotFound'], deleted)
}

/** A request's target by id: a successor of the same name is never hit. */
const aimedAt = ({ project, zone }: Place, id: string) => ({ project, zone, instance: id })

const whatOf = (place: Place): string => `machine ${names.machine(place)} in ${place.zone}`

const changeOf = (place: Place): Change => ({
  what: whatOf(place),
  where: { project: place.project, zone: place.zone },
})

const foreign = (place: Place): ProviderError =>
  new ProviderError(
    'Conflict',
    `${whatOf(place)} belongs to somebody else and was left alone; remove or rename it, then retry`,
  )
