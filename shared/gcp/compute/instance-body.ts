import type { google } from '@google-cloud/compute/build/protos/protos.js'
import { names } from '../../documents/names.ts'
import type { Place } from '../../documents/names.ts'
import type { ResourceLabels } from '../../documents/labels.ts'
import type { MachineWanted } from '../../ports/backend.ts'
import { accountEmail } from '../service-accounts.ts'
import { metadataOf } from './instance-metadata.ts'
import type { Told } from './instance-metadata.ts'

/** What a machine boots from: the newest image of a family, or one by name. */
export type Image = { readonly project: string } & ({ readonly family: string } | { readonly name: string })

/** What all machines of an installation have in common. */
export type InstanceSettings = Told & {
  readonly image: Image
  /** Holds the system, Node and OpenClaw: upstream asks for 20. https://docs.openclaw.ai/install/gcp */
  readonly bootDiskGb: number
}

/** What a machine's account may do is its roles' business; the older scopes narrow nothing. https://cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice */
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

/** How the data disk is known to the machine: `/dev/disk/by-id/google-ap-data`. */
export const DATA_DEVICE = 'ap-data'

type Instance = google.cloud.compute.v1.IInstance

/**
 * What a machine is asked for with: no address of its own, an account that can do nothing but read its agent's secrets,
 * a measured boot, and metadata that opens no other way in. https://cloud.google.com/security/products/shielded-vm
 * @throws ProviderError Invalid when the configuration is too large
 */
export function instanceBody(place: Place, wanted: MachineWanted, settings: InstanceSettings): Instance {
  const { machineType } = wanted.shape
  return {
    name: names.machine(place),
    description: 'An agent of Agents Plane; what it may do is in its labels and in its account',
    machineType: `${inZone(place)}/machineTypes/${machineType}`,
    labels: { ...wanted.labels },
    disks: [bootDisk(place, wanted.labels, settings), dataDisk(place)],
    networkInterfaces: [{ subnetwork: subnetworkPath(place), stackType: 'IPV4_ONLY' }],
    serviceAccounts: [{ email: accountEmail(place), scopes: [CLOUD_PLATFORM] }],
    metadata: { items: metadataOf(place, wanted, settings) },
    shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
    canIpForward: false,
    deletionProtection: false,
  }
}

/** The address of an agent's data disk. */
export const dataDiskPath = (place: Place): string => `${inZone(place)}/disks/${names.disk(place)}`

/** The address of the subnetwork of an agent's plane. */
export const subnetworkPath = (place: Place): string => `${inRegion(place)}/subnetworks/${names.subnetwork(place)}`

/** How addresses of what is in an agent's zone begin. */
export const inZone = ({ project, zone }: Pick<Place, 'project' | 'zone'>): string =>
  `projects/${project}/zones/${zone}`

/** How addresses of what is in an agent's region begin. */
export const inRegion = ({ project, region }: Pick<Place, 'project' | 'region'>): string =>
  `projects/${project}/regions/${region}`

/** What a boot disk is labelled with. It is not managed by itself, so that no listing of what is managed has it. */
export function bootDiskLabels(machineLabels: ResourceLabels): ResourceLabels {
  const { 'ap-managed': _, ...billed } = machineLabels
  return billed
}

/** A machine's labels, as its boot disk has them; not those of one that somebody gave the label that it is not to have. */
export function machineLabelsIn({ 'ap-managed': managed, ...labels }: ResourceLabels): ResourceLabels {
  return managed === undefined ? { ...labels, 'ap-managed': 'true' } : labels
}

/** Made and deleted with the machine. */
function bootDisk(place: Place, labels: ResourceLabels, { image, bootDiskGb }: InstanceSettings) {
  const wanted = 'family' in image ? `family/${image.family}` : image.name
  return {
    boot: true,
    autoDelete: true,
    initializeParams: {
      sourceImage: `projects/${image.project}/global/images/${wanted}`,
      diskSizeGb: String(bootDiskGb),
      diskType: `${inZone(place)}/diskTypes/pd-balanced`,
      labels: bootDiskLabels(labels),
    },
  }
}

const dataDisk = (place: Place) => ({
  source: dataDiskPath(place),
  deviceName: DATA_DEVICE,
  mode: 'READ_WRITE',
  boot: false,
  autoDelete: false,
})
