import { isOurs } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { Machine, MachineWanted, Machines } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import type { Intent } from '../ports/intent.ts'
import { readOwn } from './context.ts'
import type { ProcessContext } from './context.ts'
import { newId } from './disks.ts'
import { makeFolder, readRecord, removeEmpty, removeRecorded, writeRecord } from './files.ts'
import { agentLayout } from './layout.ts'
import { endMachine, launchMachine } from './machine-process.ts'
import type { MachineOptions } from './machine-process.ts'
import type { MachineRecord, MachineStateRecord } from './machine-record.ts'
import { isAlive } from './members.ts'
import { portReservation } from './port-reservation.ts'
import type { PortReservation } from './port-reservation.ts'
import { isListening } from './tcp-ports.ts'

type Options = ProcessContext & MachineOptions

/** Machines as groups of processes: a supervisor with an OpenClaw gateway. They go on when the caller ends. */
export function processMachines(options: Options): Machines {
  const { stateDir, clock } = options
  const ports = portReservation(stateDir)
  const recordOf = (place: Place): string => agentLayout(stateDir, place).machineRecord
  const own = async (place: Place, id: string): Promise<MachineRecord | undefined> => {
    const record = await readOwn<MachineRecord>(recordOf(place), place)
    return record?.id === id ? record : undefined
  }
  const existing = async (place: Place, id: string): Promise<MachineRecord> => {
    const record = await own(place, id)
    if (record === undefined) throw new ProviderError('NotFound', `agent ${place.uid} has no machine ${id}`)
    return record
  }
  return {
    find: (place) => findMachine(stateDir, place),
    insert: async (intent, place, wanted) => {
      if ((await readOwn<MachineRecord>(recordOf(place), place)) !== undefined) return
      await launch(options, intent, await newMachine({ ...options, ports }, intent, place, wanted))
    },
    configure: async (intent, place, id, configuration) => {
      const record = await existing(place, id)
      refuseAfter(intent, clock.nowMs())
      await writeRecord(recordOf(place), { ...record, configuration })
    },
    label: async (intent, place, id, labels) => {
      const record = await existing(place, id)
      refuseAfter(intent, clock.nowMs())
      await writeRecord(recordOf(place), { ...record, labels })
    },
    start: async (intent, place, id, restart) => {
      const record = await existing(place, id)
      if (record.restart === restart && (await isRunning(record))) return
      await end(options, intent, record)
      const port = (await isListening(record.port)) ? await ports.reserve(place) : record.port
      await launch(options, intent, { ...record, port, restart, startedAtMs: clock.nowMs() })
    },
    stop: async (intent, place, id) => {
      const record = await own(place, id)
      if (record !== undefined) await end(options, intent, record)
    },
    delete: async (intent, place, id) => {
      const record = await own(place, id)
      if (record === undefined) return
      const { folder, machine, machineRecord } = agentLayout(stateDir, place)
      await end(options, intent, record)
      refuseAfter(intent, clock.nowMs())
      await removeRecorded(machine, machineRecord)
      await removeEmpty(folder)
    },
  }
}

async function newMachine(
  { stateDir, clock, ports }: Options & { readonly ports: PortReservation },
  intent: Intent,
  place: Place,
  { shape, configuration, labels, restart }: MachineWanted,
): Promise<MachineRecord> {
  const nowMs = clock.nowMs()
  const port = await ports.reserve(place)
  refuseAfter(intent, clock.nowMs())
  await makeFolder(agentLayout(stateDir, place).machine)
  const common = { id: newId(), name: names.machine(place), place, port }
  return { ...common, labels, createdAtMs: nowMs, startedAtMs: nowMs, shape, configuration, restart }
}

/** The record is written first: whatever was started can then be found and ended. */
async function launch(options: Options, intent: Intent, record: MachineRecord): Promise<void> {
  const { stateDir, clock } = options
  const path = agentLayout(stateDir, record.place).machineRecord
  const { process: _, ...unstarted } = record
  refuseAfter(intent, clock.nowMs())
  await writeRecord(path, unstarted)
  await writeRecord(path, { ...record, process: await launchMachine(options, record) })
}

const end = ({ clock, stopWithinMs }: Options, intent: Intent, record: MachineRecord): Promise<void> =>
  endMachine(record, {
    withinMs: stopWithinMs + SUPERVISOR_SLACK_MS,
    mayAct: () => refuseAfter(intent, clock.nowMs()),
  })

/** A supervisor kills its own gateway first; it is killed itself only when it did not. */
const SUPERVISOR_SLACK_MS = 2_000

const isRunning = async ({ process: supervisor }: MachineRecord): Promise<boolean> =>
  supervisor !== undefined && isAlive(supervisor)

/** What stands under an agent's machine name. The live process decides; what its supervisor wrote explains. */
export async function findMachine(stateDir: string, place: Place): Promise<Machine | undefined> {
  const paths = agentLayout(stateDir, place)
  const record = await readRecord<MachineRecord>(paths.machineRecord)
  if (record === undefined) return undefined
  const { id, labels, startedAtMs, shape, configuration, restart } = record
  const written = await readRecord<MachineStateRecord>(paths.machineState)
  const { state, detail } = stateOf(await isRunning(record), written?.machineId === id ? written : undefined)
  const ours = isOurs(labels, place)
  return { id, ours, state, detail, startedAtMs, shape, labels, generation: configuration.generation, restart }
}

function stateOf(alive: boolean, written: MachineStateRecord | undefined): Pick<Machine, 'state' | 'detail'> {
  const { phase, detail } = written ?? {}
  if (!alive)
    return phase === 'failed'
      ? { state: 'failed', detail }
      : { state: 'stopped', detail: detail ?? 'its process ended' }
  if (phase === 'running') return { state: 'running' }
  // A supervisor that has said its last word is about to end.
  if (phase === undefined || phase === 'starting') return { state: 'starting', detail: detail ?? 'starting' }
  return { state: 'stopping', detail }
}
