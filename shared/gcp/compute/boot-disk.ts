import { sameLabels } from '../../documents/labels.ts'
import type { ResourceLabels } from '../../documents/labels.ts'
import { names } from '../../documents/names.ts'
import type { Place } from '../../documents/names.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { bootDiskLabels, machineLabelsIn } from './instance-body.ts'
import { labelsOf, relabelled } from './instance-read.ts'
import { requestIdOf } from './operations.ts'
import type { Operations } from './operations.ts'

/** The disks that machines boot from; each has its machine's name. */
export type BootDisks = {
  /** A machine's labels, as its disk has them; undefined where there is none. */
  readonly labels: (place: Place) => Promise<ResourceLabels | undefined>
  /** Labels the disk as its machine is to be labelled. Nothing is written when nothing changes. */
  readonly label: (intent: Intent, place: Place, machineLabels: ResourceLabels) => Promise<void>
}

/** Boot disks are billed by themselves: what their invoice is split by changes with their machine's. */
export function bootDisks(google: Google, operations: Operations): BootDisks {
  const client = lazily(async () => {
    const { DisksClient } = await import('@google-cloud/compute/build/src/v1/disks_client.js')
    return connected(DisksClient, google)
  })
  const find = async (place: Place) => {
    const found = client().then((disks) => disks.get({ ...zoneOf(place), disk: names.machine(place) }, once()))
    const [disk] = (await unless(['NotFound'], answered(whatOf(place), found))) ?? []
    return disk
  }
  const label: BootDisks['label'] = async (intent, place, machineLabels) => {
    const [disks, found] = [await client(), await find(place)]
    const wanted = bootDiskLabels(machineLabels)
    if (found === undefined || sameLabels(labelsOf(found), wanted)) return
    const [resource, labelFingerprint] = [String(found.id), found.labelFingerprint ?? '']
    const zoneSetLabelsRequestResource = { labels: relabelled(labelsOf(found), wanted), labelFingerprint }
    const requestId = requestIdOf(intent, 'label', resource, labelFingerprint)
    const request = { ...zoneOf(place), resource, zoneSetLabelsRequestResource, requestId }
    const change = { what: whatOf(place), where: zoneOf(place) }
    await operations.run(intent, change, (options) => disks.setLabels(request, options))
  }
  const labels: BootDisks['labels'] = async (place) => {
    const found = await find(place)
    return found && machineLabelsIn(labelsOf(found))
  }
  return { labels, label }
}

const zoneOf = ({ project, zone }: Place) => ({ project, zone })

const whatOf = (place: Place): string => `boot disk ${names.machine(place)} in ${place.zone}`
