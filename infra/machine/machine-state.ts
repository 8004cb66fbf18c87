import type { MachineStateRecord } from '../../shared/process/machine-record.ts'
import { writeRecord } from '../../shared/process/files.ts'

/** Records a machine's state. */
export type SetState = (phase: MachineStateRecord['phase'], detail?: string) => Promise<void>

/** Writes the states of one machine, in the order they came. */
export function stateWriter(path: string, machineId: string): SetState {
  let last: Promise<unknown> = Promise.resolve()
  return (phase, detail) => {
    const state: MachineStateRecord = { machineId, phase, ...(detail !== undefined && { detail }) }
    const write = last.then(() => writeRecord(path, state))
    last = write.catch(() => undefined)
    return write
  }
}
