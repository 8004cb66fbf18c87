import type { protos } from '@google-cloud/compute'
import { sameLabels } from '../../documents/labels.ts'
import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import { wantedSchedule, wantedSnapshots } from './network-wanted.ts'
import type { Kind } from './part.ts'

type Policy = protos.google.cloud.compute.v1.IResourcePolicy

const inRegion = ({ project, region }: PlanePlace) => ({ project, region })
const at = (place: PlanePlace) => ({ ...inRegion(place), resourcePolicy: names.snapshotSchedule(place) })

/** When data disks are snapshotted, and for how long snapshots are kept. */
export const schedule: Kind<Policy> = {
  noun: 'snapshot schedule',
  isRegional: true,
  read: ({ schedules }, place, options) => schedules.get(at(place), options),
  insertion: (place) => ({
    verb: 'insert',
    send: ({ schedules }, requestId, options) =>
      schedules.insert({ ...inRegion(place), resourcePolicyResource: wantedSchedule(place), requestId }, options),
  }),
  repairs: (found, place) => {
    const snapshotSchedulePolicy = wantedSnapshots(place)
    if (isSame(found, snapshotSchedulePolicy)) return []
    const resourcePolicyResource = { snapshotSchedulePolicy }
    return [
      {
        problems: ['when it runs, how long snapshots are kept, or their labels were changed'],
        verb: 'patch',
        send: ({ schedules }, requestId, options) =>
          schedules.patch({ ...at(place), resourcePolicyResource, requestId }, options),
      },
    ]
  },
  removal: (_, place) => [
    {
      verb: 'delete',
      send: ({ schedules }, requestId, options) => schedules.delete({ ...at(place), requestId }, options),
    },
  ],
}

function isSame({ snapshotSchedulePolicy: found }: Policy, wanted: ReturnType<typeof wantedSnapshots>): boolean {
  const [daily, kept] = [found?.schedule?.dailySchedule, found?.retentionPolicy]
  return (
    daily?.daysInCycle === wanted.schedule.dailySchedule.daysInCycle &&
    daily.startTime === wanted.schedule.dailySchedule.startTime &&
    kept?.maxRetentionDays === wanted.retentionPolicy.maxRetentionDays &&
    kept.onSourceDiskDelete === wanted.retentionPolicy.onSourceDiskDelete &&
    sameLabels(found?.snapshotProperties?.labels ?? {}, wanted.snapshotProperties.labels)
  )
}
