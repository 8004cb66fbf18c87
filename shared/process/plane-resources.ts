import { access, constants, statfs } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { planeLabels } from '../documents/labels.ts'
import type { ResourceLabels } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { PlanePlace } from '../documents/names.ts'
import type { Capacity, PlaneResources } from '../ports/plane-resources.ts'
import { refuseAfter } from '../ports/intent.ts'
import type { ProcessContext } from './context.ts'
import { exists, makeFolder, readRecord, removeAll, removeEmpty, writeRecord } from './files.ts'
import { sharedLayout } from './layout.ts'

/** What one agent needs of this computer: a gateway after its first turn, and its state. */
const AGENT_MEMORY_BYTES = 1.6e9
const AGENT_DISK_BYTES = 1e9

type Env = Readonly<Record<string, string | undefined>>
type NetworkRecord = { readonly id: string; readonly labels: ResourceLabels; readonly createdAtMs: number }

/** What a plane finds on this computer. Its network is a marker: there is nothing to isolate with. */
export function processPlane({ stateDir, clock, env }: ProcessContext & { readonly env: Env }): PlaneResources {
  const { planes, network } = sharedLayout(stateDir)
  return {
    missingServices: async () =>
      (await hasNpm(env)) ? [] : ['install Node.js with npm, which OpenClaw is installed with'],
    capacity: () => capacityOf(stateDir),
    missingGrants: () => missingGrants(stateDir),
    separation: async () => ({
      status: 'False',
      reason: 'OneUnixUser',
      message:
        'whoever can log in to this computer as the same Unix user can read what agents have; use the vm backend',
    }),
    findNetwork: async (place) => {
      const record = await readRecord<NetworkRecord>(network(place.planeUid))
      return record && { id: record.id, ours: isPlanes(record.labels, place), missing: [] }
    },
    createNetwork: async (intent, place) => {
      if ((await readRecord(network(place.planeUid))) !== undefined) return
      refuseAfter(intent, clock.nowMs())
      const record = { id: names.network(place), labels: planeLabels(place), createdAtMs: clock.nowMs() }
      await writeRecord(network(place.planeUid), record satisfies NetworkRecord)
    },
    deleteNetwork: async (intent, place) => {
      refuseAfter(intent, clock.nowMs())
      await removeAll(network(place.planeUid))
      await removeEmpty(planes)
    },
  }
}

const isPlanes = (labels: ResourceLabels, place: PlanePlace): boolean =>
  Object.entries(planeLabels(place)).every(([key, value]) => labels[key] === value)

async function hasNpm(env: Env): Promise<boolean> {
  if (env['npm_execpath'] !== undefined) return true
  const folders = (env['PATH'] ?? '').split(delimiter)
  return (await Promise.all(folders.map((folder) => exists(join(folder, 'npm'))))).includes(true)
}

async function capacityOf(stateDir: string): Promise<Capacity> {
  await makeFolder(stateDir)
  const { bavail, bsize } = await statfs(stateDir)
  const byMemory = Math.floor(process.availableMemory() / AGENT_MEMORY_BYTES)
  const byDisk = Math.floor((bavail * bsize) / AGENT_DISK_BYTES)
  return byMemory <= byDisk
    ? {
        zones: [],
        agentsThatFit: byMemory,
        limitedBy: 'memory',
        fix: 'stop an agent or other programs; each agent takes about 1.6 GB',
      }
    : { zones: [], agentsThatFit: byDisk, limitedBy: 'disk', fix: `free space on the disk that holds ${stateDir}` }
}

async function missingGrants(stateDir: string): Promise<readonly string[]> {
  await makeFolder(stateDir).catch(() => undefined)
  return access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => [],
    () => [`writing to ${stateDir}`],
  )
}
