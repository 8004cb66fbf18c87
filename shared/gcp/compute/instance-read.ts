import { createHash } from 'node:crypto'
import type { google } from '@google-cloud/compute/build/protos/protos.js'
import { isOurs } from '../../documents/labels.ts'
import type { ResourceLabels } from '../../documents/labels.ts'
import type { Place } from '../../documents/names.ts'
import type { Machine } from '../../ports/backend.ts'
import { accountEmail } from '../service-accounts.ts'
import { DATA_DEVICE, dataDiskPath } from './instance-body.ts'
import { entriesOf, foreignEntries, KEYS, readBack } from './instance-metadata.ts'
import { deviationsOf } from './instance-posture.ts'

type Instance = google.cloud.compute.v1.IInstance

/** A machine as Compute Engine shows it, in our words. */
export function machineOf(instance: Instance, place: Place): Machine {
  const entries = entriesOf(instance.metadata?.items ?? [])
  const { shape, generation, restart } = readBack(entries)
  const script = entries[KEYS.startupScript]
  const labels = labelsOf(instance)
  return {
    id: String(instance.id),
    ours: isOurs(labels, place),
    ...stateOf(instance),
    startedAtMs: Date.parse(instance.lastStartTimestamp ?? instance.creationTimestamp ?? ''),
    shape: {
      machineType: lastOf(instance.machineType),
      openclawVersion: shape.openclawVersion,
      // What was written down counts only while the machine still has that account and that disk.
      accountId: hasAccount(instance, place) ? shape.accountId : '',
      diskId: hasDataDisk(instance, place) ? shape.diskId : '',
    },
    labels,
    generation,
    restart,
    deviations: [...deviationsOf(instance, place), ...foreignEntries(entries, place)],
    fingerprint: instance.metadata?.fingerprint ?? '',
    ...(script === undefined ? {} : { script: createHash('sha256').update(script).digest('hex') }),
  }
}

/** Labels of a resource that may have none. */
export const labelsOf = ({ labels }: { readonly labels?: ResourceLabels | null }): ResourceLabels => labels ?? {}

/** Labels as they are to be: what Google puts beside ours (`goog-…`) stays. */
export const relabelled = (before: ResourceLabels, wanted: ResourceLabels): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(before).filter(([key]) => key.startsWith('goog-'))),
  ...wanted,
})

/** The name at the end of an address. */
export const lastOf = (address: string | null | undefined): string => address?.slice(address.lastIndexOf('/') + 1) ?? ''

/** https://cloud.google.com/compute/docs/instances/instance-lifecycle */
const STATES: Readonly<Record<string, Pick<Machine, 'state' | 'detail'>>> = {
  PENDING: { state: 'starting', detail: 'Compute Engine has the request' },
  PROVISIONING: { state: 'starting', detail: 'Compute Engine is finding room for it' },
  STAGING: { state: 'starting', detail: 'Compute Engine is preparing its boot' },
  REPAIRING: { state: 'starting', detail: 'Compute Engine is repairing it after a failure of its host' },
  RUNNING: { state: 'running' },
  PENDING_STOP: { state: 'stopping' },
  STOPPING: { state: 'stopping' },
  SUSPENDING: { state: 'stopping', detail: 'somebody is suspending it' },
  DEPROVISIONING: { state: 'stopping', detail: 'its resources are being released' },
  TERMINATED: { state: 'stopped' },
  SUSPENDED: { state: 'failed', detail: 'somebody suspended it; retry, and it is made anew on the same disk' },
}

/** What an instance's status means. */
export function stateOf({
  status,
  statusMessage,
}: Pick<Instance, 'status' | 'statusMessage'>): Pick<Machine, 'state' | 'detail'> {
  const known = STATES[status ?? '']
  const { state, detail } = known ?? { state: 'starting', detail: `its status is ${status ?? 'not known'}` }
  const said = [detail, statusMessage].filter((text) => text !== undefined && text !== null && text !== '').join(': ')
  return said === '' ? { state } : { state, detail: said }
}

const hasAccount = ({ serviceAccounts }: Instance, place: Place): boolean =>
  serviceAccounts?.length === 1 && serviceAccounts[0]?.email === accountEmail(place)

const hasDataDisk = ({ disks }: Instance, place: Place): boolean =>
  disks?.some(({ deviceName, source }) => deviceName === DATA_DEVICE && source?.endsWith(dataDiskPath(place))) ?? false
