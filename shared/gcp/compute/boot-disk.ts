import { sameLabels } from '../../documents/labels.ts'
import type { ResourceLabels } from '../../documents/labels.ts'
import { names } from '../../documents/names.ts'
import type { Place } from '../../documents/names.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { bootDiskLabels } from './instance-body.ts'
import { labelsOf, relabelled } from './instance-read.ts'
import { requestIdOf } from './operations.ts'
import type { Operations } from './operations.ts'

/** Labels the disk that a machine boots from, which has the machine's name, as that machine is to be labelled. */
export type LabelBootDisk = (intent: Intent, place: Place, machineLabels: ResourceLabels) => Promise<void>

/** Boot disks are billed by themselves: what their invoice is split by changes with their machine's. */
export function bootDisks(google: Google, operations: Operations): LabelBootDisk {
  const client = lazily(async () => {
    const { DisksClient } = await import('@google-cloud/compute/build/src/v1/disks_client.js')
    return connected(DisksClient, google)
  })
  return async (intent, place, machineLabels) => {
    const disks = await client()
    const at = { project: place.project, zone: place.zone }
    const disk = names.machine(place)
    const what = `boot disk ${disk} in ${place.zone}`
    const [found] = (await unless(['NotFound'], answered(what, disks.get({ ...at, disk }, once())))) ?? []
    const wanted = bootDiskLabels(machineLabels)
    if (found === undefined || sameLabels(labelsOf(found), wanted)) return
    const [resource, labelFingerprint] = [String(found.id), found.labelFingerprint ?? '']
    const zoneSetLabelsRequestResource = { labels: relabelled(labelsOf(found), wanted), labelFingerprint }
    const requestId = requestIdOf(intent, 'label', resource, labelFingerprint)
    const request = { ...at, resource, zoneSetLabelsRequestResource, requestId }
    await operations.run(intent, { what, where: at }, (options) => disks.setLabels(request, options))
  }
}
