import { join } from 'node:path'
import { names } from '../documents/names.ts'
import type { PlanePlace, Place } from '../documents/names.ts'
import type { Inventory, Item } from '../ports/backend.ts'
import type { Labelled, ProcessContext } from './context.ts'
import type { DiskRecord } from './disks.ts'
import { namesIn, readUndamaged, unlessDamaged } from './files.ts'
import type { AccountRecord } from './identity.ts'
import { agentLayout, agentsFolder } from './layout.ts'
import type { MachineRecord } from './machine-record.ts'
import { findMachine } from './machines.ts'
import { secretKeys } from './secret-store.ts'

const PAGE = 200

/**
 * Lists what lies in the agents' folders. What has a damaged record is not listed, so that its own step looks again: that
 * reading fails, touches nothing and says which file is damaged. All the rest is listed as ever.
 */
export function processInventory({ stateDir }: Pick<ProcessContext, 'stateDir'>): Inventory {
  return {
    list: async function* (place) {
      const uids = await namesIn(agentsFolder(stateDir))
      for (let from = 0; from < uids.length; from += PAGE) {
        const agents = uids.slice(from, from + PAGE).map((uid) => itemsOf(stateDir, { ...place, uid, zone: '' }))
        yield (await Promise.all(agents)).flat()
      }
    },
  }
}

async function itemsOf(stateDir: string, place: Place): Promise<readonly Item[]> {
  const paths = agentLayout(stateDir, place)
  const [account, egress, disk, machine, keys] = await Promise.all([
    readUndamaged<AccountRecord>(paths.account),
    readUndamaged<Labelled>(paths.egress),
    readUndamaged<DiskRecord>(paths.diskRecord),
    readUndamaged<MachineRecord>(paths.machineRecord),
    secretKeys(stateDir, place),
  ])
  const { uid } = place
  const common = (record: Labelled) => ({ uid, createdAtMs: record.createdAtMs })
  const own = <T extends Labelled>(record: T | undefined): record is T =>
    record !== undefined && isOfPlane(record, place)
  return [
    ...(own(account)
      ? [
          {
            kind: 'account' as const,
            ...common(account),
            id: account.uniqueId,
            name: names.account(place),
            disabled: account.disabled,
          },
        ]
      : []),
    ...(await secretItems(stateDir, place, keys)),
    ...(own(egress)
      ? [{ kind: 'egress' as const, ...common(egress), id: names.egressRule(place), name: names.egressRule(place) }]
      : []),
    ...(own(disk)
      ? [
          {
            kind: 'disk' as const,
            ...common(disk),
            id: disk.id,
            name: names.disk(place),
            zone: disk.zone,
            labels: disk.labels,
          },
        ]
      : []),
    ...(own(machine) ? [await machineItem(stateDir, machine)] : []),
  ]
}

async function secretItems(stateDir: string, place: Place, keys: readonly string[]): Promise<readonly Item[]> {
  const items = keys.map(async (key): Promise<readonly Item[]> => {
    const record = await readUndamaged<Labelled>(join(agentLayout(stateDir, place).secrets, `${key}.json`))
    if (record === undefined || !isOfPlane(record, place)) return []
    const { createdAtMs, labels } = record
    return [{ kind: 'secret', uid: place.uid, id: key, name: names.secret(place, key), createdAtMs, labels }]
  })
  return (await Promise.all(items)).flat()
}

async function machineItem(stateDir: string, { place, id, name, createdAtMs, labels }: MachineRecord): Promise<Item> {
  const found = await unlessDamaged(findMachine(stateDir, place))
  const item = { kind: 'machine' as const, uid: place.uid, id, name, zone: place.zone, createdAtMs, labels }
  return found === undefined ? item : { ...item, state: found.state }
}

const isOfPlane = ({ labels }: Labelled, { planeUid }: Pick<PlanePlace, 'planeUid'>): boolean =>
  labels['ap-plane'] === planeUid
