import { asText } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Served } from '../world.ts'
import { begin, insert, repeated } from './changes.ts'
import { list } from './lists.ts'
import { requireQuota } from './quotas.ts'
import { linkTo, targetOf } from './references.ts'

type SnapshotWanted = { readonly name: string; readonly description?: string; readonly labels?: JsonObject }

export const createSnapshot: Served = {
  checks: ({ project, body }) => [
    {
      permission: 'compute.snapshots.create',
      resource: `projects/${project}/global/snapshots/${asText(body['name'])}`,
    },
    ...(body['labels'] !== undefined && Object.keys(body['labels'] ?? {}).length > 0
      ? [
          {
            permission: 'compute.snapshots.setLabels',
            resource: `projects/${project}/global/snapshots/${asText(body['name'])}`,
          },
        ]
      : []),
  ],
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const disk = targetOf(call, 'disks', world)
    const { name, description, labels } = call.body as SnapshotWanted
    requireQuota('SNAPSHOTS', 1, { project: call.project, region: '' }, world)
    const body: JsonObject = {
      status: 'CREATING',
      sourceDisk: linkTo(disk.name),
      sourceDiskId: asText(disk.body['id']),
      diskSizeGb: asText(disk.body['sizeGb']),
      autoCreated: false,
      snapshotType: 'STANDARD',
      ...(description !== undefined && { description }),
      ...(labels !== undefined && Object.keys(labels).length > 0 && { labels }),
    }
    return insert(call, world, {
      collection: 'snapshots',
      kind: 'snapshot',
      name: `projects/${call.project}/global/snapshots/${name}`,
      body,
      readyBody: { status: 'READY', storageBytes: '0', storageBytesStatus: 'UP_TO_DATE' },
      reportedOn: disk,
    })
  },
}

export const getSnapshot: Served = { handle: (call, world) => targetOf(call, 'snapshots', world).body }
export const listSnapshots = list({ collection: 'snapshots', kind: 'snapshot' })

export const deleteSnapshot: Served = {
  handle: (call, world) =>
    repeated(call, world) ?? begin({ call, entry: targetOf(call, 'snapshots', world), finish: () => undefined }, world),
}
