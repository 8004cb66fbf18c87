import type { protos } from '@google-cloud/compute'
import { names } from '../../documents/names.ts'
import type { Place } from '../../documents/names.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { lastOf } from './instance-read.ts'
import { requestIdOf } from './operations.ts'
import type { Operations } from './operations.ts'

type Snapshot = protos.google.cloud.compute.v1.ISnapshot

/** Snapshots that the plane's schedule made. Those that a person made by hand are that person's. */
export type DiskSnapshots = {
  /** Deletes all of one disk, by the disk's numeric id. False while some are still there. */
  deleteAll(intent: Intent, place: Place, diskId: string): Promise<boolean>
}

/** Labels can be changed, and then are no sign of who made it; the schedule cannot. */
function isScheduled({ labels, sourceSnapshotSchedulePolicy }: Snapshot, place: Place): boolean {
  const policy = lastOf(sourceSnapshotSchedulePolicy)
  return labels?.['ap-plane'] === place.planeUid || policy === names.snapshotSchedule(place)
}

/** A schedule keeps a few; a disk with hundreds takes several attempts. */
const AT_ONCE = 20

/** Snapshots through Compute Engine's client. They are found by the disk's id, which nothing else ever has. */
export function diskSnapshots(google: Google, operations: Operations): DiskSnapshots {
  const client = lazily(async () => {
    const { SnapshotsClient } = await import('@google-cloud/compute/build/src/v1/snapshots_client.js')
    return connected(SnapshotsClient, google)
  })

  async function list(place: Place, diskId: string): Promise<readonly string[]> {
    const { project } = place
    const snapshots = await client()
    const filter = `sourceDiskId="${diskId}"`
    const [found] = await answered(`snapshots of ${project}`, snapshots.list({ project, filter }, once()))
    return found.filter((one) => one.sourceDiskId === diskId && isScheduled(one, place)).map(({ name }) => name ?? '')
  }

  async function remove(intent: Intent, { project }: Place, snapshot: string): Promise<void> {
    const snapshots = await client()
    const request = { project, snapshot, requestId: requestIdOf(intent, 'delete', snapshot) }
    const change = { what: `snapshot ${snapshot}`, where: { project } }
    const deleted = operations.run(intent, change, (options) => snapshots.delete(request, options))
    await unless(['NotFound'], deleted)
  }

  return {
    deleteAll: async (intent, place, diskId) => {
      const found = await list(place, diskId)
      await Promise.all(found.slice(0, AT_ONCE).map((snapshot) => remove(intent, place, snapshot)))
      return found.length === 0 || (await list(place, diskId)).length === 0
    },
  }
}
