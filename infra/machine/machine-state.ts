import { dirname } from 'node:path'
import { exists, writeRecord } from '../../shared/process/files.ts'
import type { MachineStateRecord } from '../../shared/process/machine-record.ts'

/** Records a machine's state. */
export type SetState = (phase: MachineStateRecord['phase'], detail?: string) => Promise<void>

/** Writes the states of one machine, in the order they came. */
export function stateWriter(path: string, machineId: string): SetState {
  let last: Promise<unknown> = Promise.resolve()
  return (phase, detail) => {
    const write = writeAfter(last, path, { machineId, phase, ...(detail !== undefined && { detail }) })
    last = write.catch(() => undefined)
    return write
  }
}

async function writeAfter(last: Promise<unknown>, path: string, state: MachineStateRecord): Promise<void> {
  await last
  // Nothing is written where the machine was deleted.
  if (await exists(dirname(path))) await writeRecord(path, state)
}
