import { writeRecord } from '../../shared/process/files.ts'

/** What a machine says of itself to whoever looks from outside. */
export type MachineState = {
  readonly machineId: string
  readonly phase: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
  /** What it is doing, or why it ended, for a person. */
  readonly detail?: string
}

/** Records a machine's state. */
export type SetState = (phase: MachineState['phase'], detail?: string) => Promise<void>

/** Writes the states of one machine, in the order they came. */
export function stateWriter(path: string, machineId: string): SetState {
  let last: Promise<unknown> = Promise.resolve()
  return (phase, detail) => {
    const state: MachineState = { machineId, phase, ...(detail !== undefined && { detail }) }
    const write = last.then(() => writeRecord(path, state))
    last = write.catch(() => undefined)
    return write
  }
}
