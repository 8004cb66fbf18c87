import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { isOurs } from '../documents/labels.ts'
import type { Place } from '../documents/names.ts'
import type { Disk, Disks } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import { readOwn } from './context.ts'
import type { Labelled, ProcessContext } from './context.ts'
import { exists, readRecord, removeEmpty, removeRecorded, writeRecord } from './files.ts'
import { agentLayout } from './layout.ts'

/** A disk as it is kept, inside itself. */
export type DiskRecord = Labelled & { readonly id: string; readonly zone: string }

/** A provider's id: nineteen digits, never the same twice. */
export const newId = (): string => `1${Array.from({ length: 18 }, () => randomInt(10)).join('')}`

/** An agent's data disk is a folder that outlives its machine. */
export function processDisks({ stateDir, clock }: ProcessContext): Disks {
  const found = async (record: DiskRecord, place: Place): Promise<Disk> => ({
    id: record.id,
    zone: record.zone,
    ours: isOurs(record.labels, place),
    attached: await exists(agentLayout(stateDir, place).machineRecord),
    used: await exists(join(agentLayout(stateDir, place).disk, 'openclaw')),
    scheduled: true,
    labels: record.labels,
  })
  return {
    find: async (place) => {
      const record = await readRecord<DiskRecord>(agentLayout(stateDir, place).diskRecord)
      return record && found(record, place)
    },
    create: async (intent, place, labels) => {
      const path = agentLayout(stateDir, place).diskRecord
      const existing = await readOwn<DiskRecord>(path, place)
      if (existing !== undefined) return found(existing, place)
      const record = { labels, createdAtMs: clock.nowMs(), id: newId(), zone: place.zone }
      refuseAfter(intent, clock.nowMs())
      await writeRecord(path, record)
      return found(record, place)
    },
    label: async (intent, place, labels) => {
      const path = agentLayout(stateDir, place).diskRecord
      const record = await readOwn<DiskRecord>(path, place)
      if (record === undefined) throw new ProviderError('NotFound', `agent ${place.uid} has no disk`)
      refuseAfter(intent, clock.nowMs())
      await writeRecord(path, { ...record, labels })
    },
    // Nothing here makes snapshots.
    schedule: async () => {},
    delete: async (intent, place) => {
      const { folder, disk, diskRecord, machineRecord } = agentLayout(stateDir, place)
      const record = await readOwn<DiskRecord>(diskRecord, place)
      if (record !== undefined && (await exists(machineRecord)))
        throw new ProviderError('Conflict', `the disk of agent ${place.uid} is in use; delete its machine first`)
      refuseAfter(intent, clock.nowMs())
      await removeRecorded(disk, diskRecord)
      await removeEmpty(folder)
    },
  }
}
