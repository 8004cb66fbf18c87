import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { googleDisks } from '../../shared/gcp/compute/disks.ts'
import { googleEgress } from '../../shared/gcp/compute/egress.ts'
import type { InstanceSettings } from '../../shared/gcp/compute/instance-body.ts'
import { googleInventory } from '../../shared/gcp/compute/inventory.ts'
import { googleMachines } from '../../shared/gcp/compute/machines.ts'
import type { Google } from '../../shared/gcp/google.ts'
import { googleIdentity } from '../../shared/gcp/identity.ts'
import { googleNetwork } from '../../shared/gcp/plane/network.ts'
import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { Backend, MachineWanted } from '../../shared/ports/backend.ts'
import { compute, email, must, PROJECT, ZONE } from './a-cloud.ts'
import { aStand, changes, INTENT, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'

export const SETTINGS: InstanceSettings = {
  image: { project: 'debian-cloud', family: 'debian-12' },
  bootDiskGb: 20,
  startupScript: { text: '#!/bin/sh\necho ready\n', sha256: 'unused' },
  heartbeatUrl: 'https://heartbeat.example/',
}

export const NAME = 'ap-planeuid22-agentuid22'
export const MACHINE_PATH = `${compute(ZONE)}/instances/${NAME}`
export const DISK_PATH = `${compute(ZONE)}/disks/${NAME}-data`
export const POLICY_PATH = `${compute(PROJECT)}/global/firewallPolicies/ap-planeuid22`

/** The host of Secret Manager, as restricted agents need it. */
export const PLATFORM = ['secretmanager.googleapis.com']

export const computePorts = (google: Google) => ({
  identity: googleIdentity(google, { machineAccount: MACHINE_ACCOUNT }),
  secrets: googleSecrets(google),
  egress: googleEgress(google, { platform: PLATFORM }),
  disks: googleDisks(google, { dataDiskGb: 10 }),
  machines: googleMachines(google, SETTINGS),
  inventory: googleInventory(google),
})

const MACHINE_ACCOUNT = email('planes-machine')

export type ComputeStand = Stand & { readonly ports: Omit<Backend, 'access' | 'plane'> }

/** A simulated cloud with a plane's network in it, and the ports under test. */
export async function aComputeStand(...args: Parameters<typeof aStand>): Promise<ComputeStand> {
  const stand = await aStand(...args)
  await must(stand.send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'planes-machine' })
  await googleNetwork(stand.google).createNetwork(INTENT, PLACE)
  return { ...stand, ports: computePorts(stand.google) }
}

/** An attempt like any other that has not been. */
export const anAttempt = (op: string) => ({ ...INTENT, op })

export const told = (generation: string) => ({ ...machineConfiguration({ channels: [] }), generation })

/** What a machine is wanted as, once its account and its disk are there. */
export async function wantedOf({ ports }: ComputeStand, changes: Partial<MachineWanted> = {}): Promise<MachineWanted> {
  const account = await ports.identity.create(anAttempt('account'), PLACE)
  const disk = await ports.disks.create(anAttempt('disk'), PLACE, identityLabels(PLACE))
  return {
    shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: account.uniqueId, diskId: disk.id },
    configuration: told('g1'),
    labels: identityLabels(PLACE),
    restart: 0,
    ...changes,
  }
}

/** A machine that runs. */
export async function aRunningMachine(stand: ComputeStand): Promise<string> {
  await stand.ports.machines.insert(anAttempt('insert'), PLACE, await wantedOf(stand))
  const found = await stand.ports.machines.find(PLACE)
  if (found?.state !== 'running') throw new Error(`the machine is ${found?.state ?? 'missing'}`)
  return found.id
}

/** The machine as the cloud has it. */
export const shown = ({ send }: ComputeStand): Promise<JsonObject> => must(send, `GET ${MACHINE_PATH}`)

/** Changes made while something ran, waits for operations left out. */
export async function changesOf({ requests }: ComputeStand, run: () => Promise<unknown>): Promise<readonly string[]> {
  const before = requests.length
  await run()
  return changes(requests.slice(before)).filter((line) => !line.includes('/operations/'))
}
